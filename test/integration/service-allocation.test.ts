import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Service } from '../../src/api/core/v1/service.ts'
import { IPAddress } from '../../src/api/networking/v1/ip-address.ts'
import { ServiceCIDR } from '../../src/api/networking/v1/service-cidr.ts'
import { StatusError } from '../../src/apimachinery/status-error.ts'
import { createApiServer } from '../../src/apiserver/api-server.ts'
import { decodePorts } from '../../src/apiserver/resources/port-record.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { seededRandom } from '../../src/base/random.ts'
import type { Client } from '../../src/client/client.ts'
import { createClient } from '../../src/client/create-client.ts'
import { openEtcdStore } from '../../src/storage/etcd/open-etcd-store.node.ts'
import { NO_ETCD, testEtcd } from '../../src/storage/etcd/testing.node.ts'
import { MemoryStore } from '../../src/storage/memory/memory-store.ts'
import type { Store } from '../../src/storage/store.ts'

const PORTS = [30_000, 30_019] as const
const RANGES = { cidrs: ['10.7.0.0/27', 'fd00:7::/112'], nodePorts: PORTS }

interface Pair extends AsyncDisposable {
  readonly clients: readonly [Client, Client]
  readonly store: Store
}

async function serve(stack: AsyncDisposableStack, store: Store, seed: number): Promise<Client> {
  const server = stack.use(
    createApiServer({
      store,
      isStoreShared: true,
      clock: systemClock,
      random: seededRandom(seed),
      logger: silentLogger,
      authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
      serviceRanges: RANGES,
    }),
  )
  await server.start()
  return createClient(server.transportFor({ name: 'test', groups: ['system:masters'] }))
}

/** Two API servers, each with a store of its own over the same state. */
async function pair(open: () => Promise<Store> | Store): Promise<Pair> {
  const stack = new AsyncDisposableStack()
  const [one, two] = [stack.use(await open()), await open()]
  if (one !== two) stack.use(two)
  const clients = [await serve(stack, one, 1), await serve(stack, two, 1)] as const
  return { clients, store: one, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function onMemory(): Promise<Pair> {
  const store = new MemoryStore({ clock: systemClock })
  return pair(() => store)
}

/** What Services hold is kept for exactly them, once, and nothing else is kept. */
async function assertConsistent({ clients: [client], store }: Pair): Promise<void> {
  const { items: services } = await client.list(Service)
  const { items: addresses } = await client.list(IPAddress)
  const held = services.flatMap(({ metadata, spec }) =>
    (spec.clusterIPs ?? [])
      .filter((each) => each !== 'None')
      .map((each) => `${each} ${metadata.namespace}/${metadata.name}`),
  )
  const kept = addresses.map(({ metadata, spec: { parentRef } }) => {
    return `${metadata.name} ${parentRef.namespace}/${parentRef.name}`
  })
  assert.deepEqual(kept.toSorted(), held.toSorted())
  const ports = services.flatMap(({ spec }) =>
    spec.ports!.flatMap(({ nodePort }) => nodePort || []),
  )
  const record = await store.get('/registry/ranges/servicenodeports')
  const taken = record ? decodePorts(record.value.bytes, PORTS).used : []
  assert.deepEqual(new Set(taken), new Set(ports))
  assert.equal(new Set(ports).size, ports.length)
}

type Act =
  | { readonly type: 'create' | 'delete'; readonly name: string; readonly by: 0 | 1 }
  | { readonly type: 'retype'; readonly name: string; readonly by: 0 | 1; readonly to: string }

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    type: fc.constantFrom('create' as const, 'delete' as const),
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    by: fc.constantFrom(0 as const, 1 as const),
  }),
  fc.record({
    type: fc.constant('retype' as const),
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    by: fc.constantFrom(0 as const, 1 as const),
    to: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'),
  }),
)

function retyped(type: string): object {
  if (type !== 'ExternalName') return { type }
  return { type, externalName: 'a.b', clusterIP: null, clusterIPs: null }
}

// What the API refuses, because another act came first or nothing is left, is no failure.
async function perform({ clients }: Pair, what: Act): Promise<void> {
  const client = clients[what.by]
  const key = { namespace: 'default', name: what.name }
  try {
    if (what.type === 'create') {
      await client.create(Service, {
        metadata: key,
        spec: { type: 'NodePort', ipFamilyPolicy: 'PreferDualStack', ports: [{ port: 80 }] },
      })
    } else if ('to' in what) await client.patch(Service, key, 'merge', { spec: retyped(what.to) })
    else await client.delete(Service, key)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
  }
}

test('whatever two API servers are asked at once, what Services hold is theirs alone', async () => {
  const acts = fc.array(fc.array(act, { minLength: 1, maxLength: 6 }), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(acts, async (rounds) => {
      await using servers = await onMemory()
      for (const round of rounds) {
        await Promise.all(round.map((each) => perform(servers, each)))
        await assertConsistent(servers)
      }
    }),
    { numRuns: 25 },
  )
})

/** Creates Services through both servers at once until the range is empty. */
async function exhaust(servers: Pair): Promise<void> {
  const create = async (_: unknown, i: number): Promise<Service | undefined> => {
    try {
      return await servers.clients[i % 2]!.create(Service, {
        metadata: { namespace: 'default', name: `s${i}` },
        spec: { type: i < 20 ? 'NodePort' : 'ClusterIP', ports: [{ port: 80 }] },
      })
    } catch (error) {
      assert.match(String(error), /range is full/)
      return undefined
    }
  }
  const created = (await Promise.all(Array.from({ length: 40 }, create))).filter((each) => !!each)
  assert.equal(new Set(created.map(({ spec }) => spec.clusterIP)).size, created.length)
  await assertConsistent(servers)
  const { items } = await servers.clients[0].list(Service)
  const given = items.filter(({ spec }) => spec.clusterIP)
  assert.equal(given.length, 30) // All of 10.7.0.0/27.
}

test('two API servers give out a whole range, and no address or port twice', async () => {
  await using servers = await onMemory()
  await exhaust(servers)
})

test(
  'two API servers on one etcd give out a whole range, and nothing twice',
  { skip: NO_ETCD },
  async () => {
    await using etcd = await testEtcd()
    await using servers = await pair(() => openEtcdStore({ endpoints: [etcd.endpoint] }))
    await exhaust(servers)
  },
)

test('one address asked for through two API servers goes to one Service', async () => {
  await using servers = await onMemory()
  const ask = (client: Client, i: number): Promise<Service> =>
    client.create(Service, {
      metadata: { namespace: 'default', name: `s${i}` },
      spec: { clusterIP: '10.7.0.9', ports: [{ port: 80 }] },
    })
  const outcomes = await Promise.allSettled(servers.clients.map(ask))
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  await assertConsistent(servers)
})

test('a range that is added through one API server is used by the other at once', async () => {
  await using servers = await onMemory()
  const [one, two] = servers.clients
  await one.create(ServiceCIDR, { metadata: { name: 'more' }, spec: { cidrs: ['10.8.0.0/24'] } })
  const { spec } = await two.create(Service, {
    metadata: { namespace: 'default', name: 's' },
    spec: { clusterIP: '10.8.0.9', ports: [{ port: 80 }] },
  })
  assert.equal(spec.clusterIP, '10.8.0.9')
})
