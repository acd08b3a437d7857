import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Event } from '../../../api/core/v1/event.ts'
import { Service } from '../../../api/core/v1/service.ts'
import { IPAddress } from '../../../api/networking/v1/ip-address.ts'
import { StatusError } from '../../../apimachinery/status-error.ts'
import { silentLogger } from '../../../base/logger.ts'
import { seededRandom } from '../../../base/random.ts'
import { virtualClock } from '../../../base/virtual-clock.node.ts'
import type { VirtualClock } from '../../../base/virtual-clock.ts'
import type { Client } from '../../../client/client.ts'
import { createClient } from '../../../client/create-client.ts'
import { MemoryStore } from '../../../storage/memory/memory-store.ts'
import type { Store } from '../../../storage/store.ts'
import { createApiServer } from '../../api-server.ts'
import { StartHooks } from '../../http/start-hooks.ts'
import { decodePorts, encodePorts } from '../port-record.ts'
import { PortRange, type PortSpan } from '../port-range.ts'
import { serviceAddress } from '../service-address.ts'

const PORTS_KEY = '/registry/ranges/servicenodeports'
const SPAN: PortSpan = [30_000, 32_767]

interface Started extends AsyncDisposable {
  readonly client: Client
  readonly clock: VirtualClock
  readonly store: Store
  events(): Promise<readonly string[]>
}

async function start(store?: Store): Promise<Started> {
  const clock = virtualClock()
  const kept = store ?? new MemoryStore({ clock })
  const server = createApiServer({
    store: kept,
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
    freeze: true,
  })
  await server.start()
  const client = createClient(server.transportFor({ name: 'test', groups: ['system:masters'] }))
  return {
    client,
    clock,
    store: kept,
    async events() {
      const { items } = await client.list(Event)
      return items.map(({ reason, message, source }) => `${source.component} ${reason} ${message}`)
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

function addService(client: Client, spec: object = {}, name = 's'): Promise<Service> {
  return client.create(Service, {
    metadata: { namespace: 'default', name },
    spec: { clusterIP: '10.96.0.9', ports: [{ port: 80 }], ...spec },
  })
}

async function owner(client: Client, name: string): Promise<string | undefined> {
  try {
    const { parentRef } = (await client.get(IPAddress, { name })).spec
    return `${parentRef.resource} ${parentRef.namespace}/${parentRef.name}`
  } catch (error) {
    if (error instanceof StatusError && error.status.code === 404) return undefined
    throw error
  }
}

test('an IPAddress that is missing is made again, with an event', async () => {
  await using api = await start()
  await addService(api.client)
  await api.client.delete(IPAddress, { name: '10.96.0.9' })
  await api.clock.advance(100)
  assert.equal(await owner(api.client, '10.96.0.9'), 'services default/s')
  assert.deepEqual(await api.events(), [
    'ipallocator-repair-controller ClusterIPNotAllocated Cluster IP [IPv4]: 10.96.0.9 is not allocated; repairing',
  ])
})

test('an IPAddress without its Service goes away when no request can be about it any more', async () => {
  await using api = await start()
  const leaked = serviceAddress('10.96.0.9', { namespace: 'default', name: 'gone' })
  await api.client.create(IPAddress, leaked)
  await api.clock.advance(59_000)
  assert.ok(await owner(api.client, '10.96.0.9'))
  await api.clock.advance(2000)
  assert.equal(await owner(api.client, '10.96.0.9'), undefined)
  assert.deepEqual(await api.events(), [
    'ipallocator-repair-controller IPAddressNotAllocated IPAddress: 10.96.0.9 for Service default/gone appears to have leaked: cleaning up',
  ])
})

test('an IPAddress whose Service has another address goes away', async () => {
  await using api = await start()
  await addService(api.client)
  const wrong = serviceAddress('10.96.0.10', { namespace: 'default', name: 's' })
  await api.client.create(IPAddress, wrong)
  await api.clock.advance(61_000)
  assert.equal(await owner(api.client, '10.96.0.10'), undefined)
  assert.match(
    (await api.events())[0]!,
    /IPAddressWrongReference IPAddress: 10\.96\.0\.10 for Service default\/s has a wrong reference; cleaning up$/,
  )
})

test('an IPAddress of somebody else is left alone', async () => {
  await using api = await start()
  const parentRef = { group: 'a.b', resource: 'gateways', namespace: 'default', name: 'g' }
  await api.client.create(IPAddress, { metadata: { name: '10.96.0.9' }, spec: { parentRef } })
  await api.clock.advance(200_000)
  assert.equal(await owner(api.client, '10.96.0.9'), 'gateways default/g')
})

test('what Services of an older release hold is taken at the start', async () => {
  const clock = virtualClock()
  await using store = new MemoryStore({ clock })
  {
    await using before = await start(store)
    await addService(before.client, { type: 'NodePort', ports: [{ port: 80, nodePort: 30_500 }] })
    await before.client.delete(IPAddress, { name: '10.96.0.9' })
    const record = await store.get(PORTS_KEY)
    await store.commit(PORTS_KEY, record!.revision, { type: 'delete' })
  }
  await using after = await start(store)
  assert.equal(await owner(after.client, '10.96.0.9'), 'services default/s')
  await assert.rejects(addService(after.client, {}, 't'), /provided IP is already allocated/)
  const spec = { clusterIP: '', type: 'NodePort', ports: [{ port: 80, nodePort: 30_500 }] }
  await assert.rejects(addService(after.client, spec, 't'), /provided port is already allocated/)
})

test('a port that leaked is given out again after a while, and one that is in use is not', async () => {
  await using api = await start()
  await addService(api.client, { type: 'NodePort', ports: [{ port: 80, nodePort: 30_500 }] })
  const entry = (await api.store.get(PORTS_KEY))!
  const ports = decodePorts(entry.value.bytes, SPAN)
  ports.take(30_600)
  await api.store.commit(PORTS_KEY, entry.revision, {
    type: 'put',
    value: { bytes: encodePorts(ports) },
  })
  const taken = async (): Promise<readonly number[]> => [
    ...decodePorts((await api.store.get(PORTS_KEY))!.value.bytes, SPAN).used,
  ]
  await api.clock.advance(3 * 180_000)
  assert.deepEqual(await taken(), [30_500, 30_600])
  await api.clock.advance(2 * 180_000)
  assert.deepEqual(await taken(), [30_500])
})

test('a port that the record does not have is taken again, with an event', async () => {
  await using api = await start()
  await addService(api.client, { type: 'NodePort', ports: [{ port: 80, nodePort: 30_500 }] })
  const entry = (await api.store.get(PORTS_KEY))!
  await api.store.commit(PORTS_KEY, entry.revision, { type: 'delete' })
  await api.clock.advance(181_000)
  const { value } = (await api.store.get(PORTS_KEY))!
  assert.deepEqual([...decodePorts(value.bytes, SPAN).used], [30_500])
  assert.deepEqual(await api.events(), [
    'portallocator-repair-controller PortNotAllocated Port 30500 is not allocated; repairing',
  ])
})

test('the record of ports is upstream’s: a number in base64, its highest byte first', () => {
  const ports = new PortRange([30_000, 30_015])
  ports.take(30_000)
  ports.take(30_009)
  const bytes = encodePorts(ports)
  assert.equal(
    new TextDecoder().decode(bytes),
    '{"kind":"RangeAllocation","apiVersion":"v1","metadata":{},"range":"30000-30015","data":"AgE="}',
  )
  assert.deepEqual([...decodePorts(bytes, [30_005, 30_015]).used], [30_009])
})

test('poststarthook/start-service-ip-repair-controllers is done once everything was looked at', async () => {
  const clock = virtualClock()
  await using store = new MemoryStore({ clock })
  const startHooks = new StartHooks()
  await using server = createApiServer({
    store,
    clock,
    startHooks,
    random: seededRandom(1),
    logger: silentLogger,
    authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
  })
  const check = (): unknown =>
    startHooks.checks
      .find(({ name }) => name === 'poststarthook/start-service-ip-repair-controllers')!
      .check()
  assert.throws(check, /not finished/)
  await server.start()
  check()
})
