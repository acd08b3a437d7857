import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '../../api/core/v1/service.ts'
import { seededRandom } from '../../base/random.ts'
import { ResourceCalls, startTestServer, statusWith } from '../testing.node.ts'
import type { TestApiServer } from '../testing.ts'
import { PortRange } from './port-range.ts'

interface ServiceCalls {
  create(name: string, spec?: object): Promise<Service>
  patch(name: string, spec: object): Promise<Service>
  delete(name: string): Promise<unknown>
}

function services({ transport }: TestApiServer): ServiceCalls {
  const calls = new ResourceCalls(transport, 'v1', 'services', 'default')
  return {
    create: (name, spec = {}) =>
      calls.create({
        metadata: { name },
        spec: { ports: [{ port: 80 }], selector: { a: 'b' }, ...spec },
      }) as Promise<unknown> as Promise<Service>,
    patch: (name, spec) => calls.patch(name, { spec }) as Promise<unknown> as Promise<Service>,
    delete: (name) => calls.delete(name),
  }
}

test('a Service gets an address of the upper band, and one family', async () => {
  await using api = await startTestServer()
  const { spec } = await services(api).create('a')
  assert.match(spec.clusterIP!, /^10\.96\.\d+\.\d+$/)
  assert.deepEqual(spec.clusterIPs, [spec.clusterIP])
  assert.deepEqual(spec.ipFamilies, ['IPv4'])
  assert.equal(spec.ipFamilyPolicy, 'SingleStack')
  assert.ok(Number(spec.clusterIP!.split('.')[2]) > 0)
})

test('an address can be asked for once, until it is given back', async () => {
  await using api = await startTestServer()
  await services(api).create('a', { clusterIP: '10.96.0.10' })
  await assert.rejects(
    services(api).create('b', { clusterIP: '10.96.0.10' }),
    statusWith({
      code: 422,
      message:
        'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
    }),
  )
  await assert.rejects(
    services(api).create('b', { clusterIP: '10.0.0.1' }),
    statusWith({
      code: 422,
      message:
        /failed to allocate IP 10\.0\.0\.1: the provided network does not match the current range$/,
    }),
  )
  await services(api).delete('a')
  await services(api).create('b', { clusterIP: '10.96.0.10' })
})

test('a refused or a pretended Service takes no address', async () => {
  await using api = await startTestServer()
  const clusterIP = '10.96.0.10'
  await assert.rejects(services(api).create('A', { clusterIP }), statusWith({ code: 422 }))
  const calls = new ResourceCalls(api.transport, 'v1', 'services', 'default')
  const body = { metadata: { name: 'a' }, spec: { clusterIP, ports: [{ port: 80 }] } }
  await calls.create(body, { options: { dryRun: ['All'] } })
  await services(api).create('a', { clusterIP })
  await assert.rejects(
    services(api).create('a', { clusterIP: '10.96.0.11' }),
    statusWith({ code: 409 }),
  )
  await services(api).create('b', { clusterIP: '10.96.0.11' })
})

test('a headless Service has no address, and one without selector both families', async () => {
  await using api = await startTestServer()
  const { spec } = await services(api).create('a', { clusterIP: 'None' })
  assert.deepEqual(spec.clusterIPs, ['None'])
  assert.deepEqual(spec.ipFamilies, ['IPv4'])
  const free = await services(api).create('b', { clusterIP: 'None', selector: {} })
  assert.deepEqual(free.spec.ipFamilies, ['IPv4', 'IPv6'])
  assert.equal(free.spec.ipFamilyPolicy, 'RequireDualStack')
})

test('a family that the cluster does not have is refused', async () => {
  await using api = await startTestServer()
  await assert.rejects(
    services(api).create('a', { ipFamilies: ['IPv6'] }),
    statusWith({
      code: 422,
      message: /spec\.ipFamilies\[0\]: Invalid value: "IPv6": not configured on this cluster/,
    }),
  )
  await assert.rejects(
    services(api).create('a', { ipFamilyPolicy: 'RequireDualStack' }),
    statusWith({ code: 422, message: /this cluster is not configured for dual-stack services/ }),
  )
})

test('ports of nodes are given out once, kept by updates, and given back', async () => {
  await using api = await startTestServer()
  const created = await services(api).create('a', { type: 'NodePort' })
  const { nodePort } = created.spec.ports![0]!
  assert.ok(nodePort! >= 30_086 && nodePort! <= 32_767)
  const kept = await services(api).patch('a', { selector: { a: 'c' } })
  assert.equal(kept.spec.ports![0]!.nodePort, nodePort)
  await assert.rejects(
    services(api).create('b', { type: 'NodePort', ports: [{ port: 80, nodePort }] }),
    statusWith({
      code: 422,
      message: `Service "b" is invalid: spec.ports[0].nodePort: Invalid value: ${nodePort}: provided port is already allocated`,
    }),
  )
  await assert.rejects(
    services(api).create('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
    statusWith({
      code: 422,
      message: /provided port is not in the valid range\. The range of valid ports is 30000-32767$/,
    }),
  )
  await services(api).patch('a', { type: 'ClusterIP' })
  await services(api).create('b', { type: 'NodePort', ports: [{ port: 80, nodePort }] })
})

test('both protocols of a port share its port on the nodes', async () => {
  await using api = await startTestServer()
  const ports = [
    { name: 'a', port: 53, protocol: 'UDP' },
    { name: 'b', port: 53, protocol: 'TCP' },
  ]
  const { spec } = await services(api).create('a', { type: 'NodePort', ports })
  assert.equal(spec.ports![0]!.nodePort, spec.ports![1]!.nodePort)
})

test('an ExternalName gives its address back', async () => {
  await using api = await startTestServer()
  const { spec } = await services(api).create('a')
  const external = { type: 'ExternalName', externalName: 'a.b', clusterIP: null, clusterIPs: null }
  const changed = await services(api).patch('a', external)
  assert.equal(changed.spec.clusterIP, undefined)
  await services(api).create('b', { clusterIP: spec.clusterIP })
})

test('PortRange: ports come from above the lower band', () => {
  const ports = new PortRange([30_000, 32_767])
  const random = seededRandom(1)
  for (let i = 0; i < 100; i++) assert.ok(ports.takeAny(random)! >= 30_086)
})

test('the kubernetes Service leads to the API server', async () => {
  await using api = await startTestServer()
  await api.server.advertise('10.1.2.3', 6443)
  await api.server.advertise('10.1.2.4', 6444)
  const calls = new ResourceCalls(api.transport, 'v1', 'services', 'default')
  const service = (await calls.get('kubernetes')) as unknown as Service
  assert.equal(service.spec.clusterIP, '10.96.0.1')
  assert.equal(service.spec.ports![0]!.targetPort, 6444)
  const slices = new ResourceCalls(
    api.transport,
    'discovery.k8s.io/v1',
    'endpointslices',
    'default',
  )
  const slice = await slices.get('kubernetes')
  assert.deepEqual(slice['endpoints'], [{ addresses: ['10.1.2.4'], conditions: { ready: true } }])
})
