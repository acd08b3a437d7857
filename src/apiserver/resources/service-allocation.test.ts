import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '../../api/core/v1/service.ts'
import { mayNeedPorts } from './service-allocation.ts'

const POLICY = { externalTrafficPolicy: 'Local', healthCheckNodePort: 30_001 } as const

function service(type: string, nodePort?: number, more: object = {}): Service {
  const ports = [{ port: 80, ...(nodePort !== undefined && { nodePort }) }]
  return { metadata: { name: 'a' }, spec: { type, ports, ...more } } as unknown as Service
}

test('mayNeedPorts() is about ports that the Service does not have', () => {
  const open = service('NodePort')
  const given = service('NodePort', 30_000)
  const balanced = service('LoadBalancer', 30_000, POLICY)
  const asked = [
    mayNeedPorts(service('ClusterIP'), undefined),
    mayNeedPorts(open, undefined),
    mayNeedPorts(given, open),
    mayNeedPorts(given, given),
    mayNeedPorts(balanced, given),
    mayNeedPorts(balanced, balanced),
  ]
  assert.deepEqual(asked, [false, true, true, false, true, false])
})
