import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../base/async-eventually.node.ts'
import { linkedAbort } from '../../base/async.ts'
import { systemClock } from '../../base/clock.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { MemoryStore } from '../../storage/memory/memory-store.ts'
import type { LocalStore, WatchMessage } from '../../storage/store.ts'
import { createApiServer, type ApiServer } from '../api-server.ts'
import { ResourceCalls, statusWith } from '../testing.node.ts'

/** A store on a connection that can be lost: watches fail, and can be opened again. */
class LosableStore extends MemoryStore implements LocalStore {
  #connection = new AbortController()
  /** How many watches of ConfigMaps have been opened. */
  opened = 0

  override async *watch(
    prefix: string,
    from: number,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<WatchMessage> {
    if (prefix === '/registry/configmaps/') this.opened += 1
    const connection = this.#connection.signal
    using either = linkedAbort(signal, connection)
    yield* super.watch(prefix, from, { signal: either.signal })
    if (connection.aborted) throw new Error('connection lost')
  }

  lose(): void {
    this.#connection.abort()
    this.#connection = new AbortController()
  }
}

async function server(): Promise<
  AsyncDisposable & {
    store: LosableStore
    server: ApiServer
    configMaps: ResourceCalls
    pods: ResourceCalls
  }
> {
  const store = new LosableStore({ clock: systemClock })
  const api = createApiServer({
    store,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
    freeze: true,
  })
  await api.start()
  const transport = api.transportFor({ name: 'test', groups: [] })
  return {
    store,
    server: api,
    configMaps: new ResourceCalls(transport, 'v1', 'configmaps', 'default'),
    pods: new ResourceCalls(transport, 'v1', 'pods', 'default'),
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

test('a watch notices nothing of a connection to the store that is lost and found', async () => {
  await using api = await server()
  const { resourceVersion } = (await api.configMaps.list()).metadata
  const names = Array.from({ length: 60 }, (_, i) => `a${i}`)
  let told: readonly string[] = []
  const watching = api.configMaps.watch({ resourceVersion }, (seen) => {
    told = [...seen]
    return seen.length === names.length
  })
  await eventually(() => api.store.opened > 0)
  for (const [i, name] of names.entries()) {
    if (i % 20 === 10) api.store.lose()
    await api.configMaps.create({ metadata: { name } })
  }
  assert.deepEqual(
    await watching,
    names.map((name) => `ADDED ${name}`),
  )
  assert.equal(told.length, names.length)
  assert.ok(api.store.opened > 1)
})

test('a watch ends where the store has forgotten what happened while it could not be reached', async () => {
  await using api = await server()
  const { resourceVersion } = (await api.configMaps.list()).metadata
  const ended = api.configMaps.watch({ resourceVersion }, () => false)
  await eventually(() => api.store.opened > 0)
  api.store.lose()
  await api.configMaps.create({ metadata: { name: 'a' } })
  await api.configMaps.create({ metadata: { name: 'b' } })
  await api.store.compact(await api.store.revision())
  await ended
  await assert.rejects(
    api.configMaps.watch({ resourceVersion }, () => false),
    statusWith({ code: 410 }),
  )
})

test('a watch from a version that is yet to come tells nothing older', async () => {
  await using api = await server()
  const { metadata } = await api.configMaps.list()
  const later = String(Number(metadata.resourceVersion) + 2)
  const watching = api.configMaps.watch({ resourceVersion: later }, ({ length }) => length === 1)
  await eventually(() => api.store.opened > 0)
  for (const name of ['a', 'b', 'c']) await api.configMaps.create({ metadata: { name } })
  assert.deepEqual(await watching, ['ADDED c'])
})

test('checkConsistency() finds an index that the events have not brought where the store is', async () => {
  await using api = await server()
  const { resource } = api.server.registry.find('', 'v1', 'pods')!
  const pod = (name: string, nodeName: string): object => ({
    metadata: { name },
    spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
  })
  for (const name of ['a', 'b']) await api.pods.create(pod(name, 'n1'))
  assert.equal((await api.pods.list({ fieldSelector: 'spec.nodeName=n1' })).items.length, 2)
  assert.equal(await resource.cache.checkConsistency(), true)
  await api.pods.create(pod('c', 'n2'))
  await api.pods.delete('a', { gracePeriodSeconds: 0 })
  assert.equal((await api.pods.list({ fieldSelector: 'spec.nodeName=n2' })).items.length, 1)
  assert.equal(await resource.cache.checkConsistency(), true)
  // What no event tells of.
  resource.cache.indexOf('spec.nodeName')!.add('/registry/pods/default/x', await api.pods.get('c'))
  assert.equal(await resource.cache.checkConsistency(), false)
  assert.equal((await api.pods.list({ fieldSelector: 'spec.nodeName=n2' })).items.length, 1)
  assert.equal(await resource.cache.checkConsistency(), true)
})
