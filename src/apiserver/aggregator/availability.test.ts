import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { APIService } from '../../api/apiregistration/v1/api-service.ts'
import type { Service } from '../../api/core/v1/service.ts'
import type { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { checkService, PASSED } from './availability.ts'
import { withAvailable } from './conditions.ts'

const API = {
  metadata: { name: 'v1.a.b' },
  spec: { group: 'a.b', version: 'v1', service: { namespace: 'ns', name: 's', port: 443 } },
  status: {},
} as unknown as APIService

function service(spec: object): Service {
  return { spec: { type: 'ClusterIP', ...spec } } as unknown as Service
}

function slice(ready: boolean | undefined, ports: readonly object[]): EndpointSlice {
  const conditions = ready === undefined ? {} : { ready }
  return {
    endpoints: [{ addresses: ['192.0.2.1'], conditions }],
    ports,
  } as unknown as EndpointSlice
}

const LISTENING = service({ ports: [{ name: 'https', port: 443 }] })
const READY = slice(true, [{ name: 'https', port: 8443 }])

test('checkService() says what is missing between an APIService and a server', () => {
  const reasonOf = (found: Service | undefined, ...slices: EndpointSlice[]) => {
    const finding = checkService(API, found, slices)
    return finding && [finding.status, finding.reason, finding.message]
  }
  assert.deepEqual(reasonOf(undefined), [
    'False',
    'ServiceNotFound',
    'service/s in "ns" is not present',
  ])
  assert.deepEqual(reasonOf(service({ ports: [{ port: 80 }] })), [
    'False',
    'ServicePortError',
    'service/s in "ns" is not listening on port 443',
  ])
  assert.deepEqual(reasonOf(LISTENING), [
    'False',
    'EndpointsNotFound',
    'cannot find endpointslices for service/s in "ns"',
  ])
  const missing = [
    'False',
    'MissingEndpoints',
    'endpointslices for service/s in "ns" have no addresses with port name "https"',
  ]
  assert.deepEqual(reasonOf(LISTENING, slice(false, [{ name: 'https', port: 1 }])), missing)
  assert.deepEqual(reasonOf(LISTENING, slice(true, [{ name: 'other', port: 1 }])), missing)
  assert.equal(reasonOf(LISTENING, READY), undefined)
  assert.equal(reasonOf(LISTENING, slice(undefined, [{ name: 'https', port: 1 }])), undefined)
  assert.equal(reasonOf(service({ type: 'ExternalName' })), undefined)
})

test('withAvailable() keeps the time of a status that stays, and the object where nothing changes', () => {
  const first = withAvailable(API, PASSED, '2026-01-01T00:00:00Z')
  assert.equal(withAvailable(first, PASSED, '2026-01-02T00:00:00Z'), first)
  const other = withAvailable(first, { ...PASSED, message: 'x' }, '2026-01-02T00:00:00Z')
  assert.equal(other.status.conditions?.[0]?.lastTransitionTime, '2026-01-01T00:00:00Z')
  const failed = withAvailable(first, { ...PASSED, status: 'False' }, '2026-01-02T00:00:00Z')
  assert.equal(failed.status.conditions?.[0]?.lastTransitionTime, '2026-01-02T00:00:00Z')
})
