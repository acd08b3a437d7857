import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { APIService } from '../../api/apiregistration/v1/api-service.ts'
import { MetricSet } from '../../base/metrics.ts'
import { availabilityMetrics } from './availability-metrics.ts'

function service(status: 'True' | 'False'): APIService {
  const conditions = [{ type: 'Available', status }]
  return { metadata: { name: 'v1.a' }, status: { conditions } } as unknown as APIService
}

test('availabilityMetrics() counts how often a server was lost, and tells whether it is', async () => {
  const set = new MetricSet()
  const metrics = availabilityMetrics(set)
  const lines = async (): Promise<readonly string[]> =>
    (await set.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const lost = { status: 'False', reason: 'ServiceNotFound', message: '' } as const
  metrics.found(service('True'), lost)
  metrics.found(service('False'), lost)
  const total = 'aggregator_unavailable_apiservice_total{name="v1.a",reason="ServiceNotFound"} 1'
  assert.deepEqual(await lines(), ['aggregator_unavailable_apiservice{name="v1.a"} 1', total])
  metrics.found(service('False'), { status: 'True', reason: 'Passed', message: '' })
  assert.deepEqual(await lines(), ['aggregator_unavailable_apiservice{name="v1.a"} 0', total])
  metrics.forget('v1.a')
  assert.deepEqual(await lines(), [total])
})
