import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { testApiServer } from '../apiserver/testing.ts'
import { ConfigMap } from '../api/core/v1/config-map.ts'
import { Namespace } from '../api/core/v1/namespace.ts'
import { eventually } from '../base/async-eventually.node.ts'
import { systemClock } from '../base/clock.node.ts'
import { silentLogger } from '../base/logger.ts'
import { seededRandom } from '../base/random.ts'
import { createClient } from './create-client.ts'
import type { Handlers } from './informer.ts'
import { createInformers } from './shared-informers.ts'

async function setUp() {
  const stack = new AsyncDisposableStack()
  const clock = systemClock
  const server = stack.use(await testApiServer({ clock }))
  const client = createClient(server.transport)
  const informers = stack.use(
    createInformers({ client, clock, random: seededRandom(1), logger: silentLogger }),
  )
  return { client, informers, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const configMap = (name: string, data: Record<string, string> = {}) => ({
  metadata: { namespace: 'default', name },
  data,
})

function recorder(): { seen: string[]; handlers: Handlers<ConfigMap> } {
  const seen: string[] = []
  const handlers: Handlers<ConfigMap> = {
    add: ({ metadata }, initial) => seen.push(`add ${metadata.name}${initial ? ' initial' : ''}`),
    update: ({ metadata, data }, before) =>
      seen.push(`update ${metadata.name} ${before.data?.['x']} to ${data?.['x']}`),
    delete: ({ metadata }, stale) => seen.push(`delete ${metadata.name}${stale ? ' stale' : ''}`),
  }
  return { seen, handlers }
}

test('an informer tells of what is there, and of each change in order', async () => {
  await using cluster = await setUp()
  const { client, informers } = cluster
  await client.create(ConfigMap, configMap('a', { x: '1' }))
  const informer = informers.informer(ConfigMap)
  const { seen, handlers } = recorder()
  informer.subscribe(handlers)
  assert.equal(informer.synced, false)
  informers.start()
  await informer.waitForSync()
  assert.deepEqual(seen, ['add a initial'])

  const a = informer.cache.get({ namespace: 'default', name: 'a' })!
  await client.create(ConfigMap, configMap('b'))
  await client.update(ConfigMap, { ...a, data: { x: '2' } })
  await client.delete(ConfigMap, a.metadata)
  await eventually(() => seen.length === 4)
  assert.deepEqual(seen.slice(1), ['add b', 'update a 1 to 2', 'delete a'])
  const late = recorder()
  using _ = informer.subscribe(late.handlers)
  assert.deepEqual(late.seen, ['add b initial'])
})

test('an informer holds the very objects of a server in the same process', async () => {
  await using cluster = await setUp()
  const { client, informers } = cluster
  const created = await client.create(ConfigMap, configMap('a'))
  const informer = informers.informer(ConfigMap)
  informers.start()
  await informer.waitForSync()
  assert.equal(informer.cache.get(created.metadata), created)
  assert.ok(Object.isFrozen(created))
})

test('informer() gives everyone the same informer of a collection, and another of a part of it', async () => {
  await using cluster = await setUp()
  const { client, informers } = cluster
  const labelled = configMap('b')
  await client.create(ConfigMap, configMap('a'))
  await client.create(ConfigMap, {
    ...labelled,
    metadata: { ...labelled.metadata, labels: { app: 'web' } },
  })
  informers.start()
  const part = informers.informer(ConfigMap, { labelSelector: 'app=web' })
  assert.equal(informers.informer(ConfigMap), informers.informer(ConfigMap))
  assert.notEqual(informers.informer(ConfigMap), part)
  await informers.waitForSync()
  assert.deepEqual(
    part.cache.list().map(({ metadata }) => metadata.name),
    ['b'],
  )
})

test('whenSeen() and whenObject() call back once the cache has caught up', async () => {
  await using cluster = await setUp()
  const { client, informers } = cluster
  const informer = informers.informer(ConfigMap)
  informers.start()
  await informer.waitForSync()
  const created = await client.create(ConfigMap, configMap('a'))
  await new Promise<void>((resolve) => {
    informer.whenSeen(created.metadata.resourceVersion, resolve)
  })
  assert.ok(informer.hasSeen(created.metadata.resourceVersion))
  assert.equal(informer.cache.get(created.metadata), created)
  const gone = new Promise<void>((resolve) => {
    informer.whenObject(created.metadata, (object) => object === undefined, resolve)
  })
  await client.delete(ConfigMap, created.metadata)
  await gone
  assert.equal(informer.cache.size, 0)
})

test('catchUp() waits for what was written, and for no bookmark', async () => {
  await using cluster = await setUp()
  const { client, informers } = cluster
  const informer = informers.informer(ConfigMap)
  informers.start()
  await informer.waitForSync()
  const a = await client.create(ConfigMap, configMap('a'))
  await client.create(ConfigMap, configMap('b'))
  await client.delete(ConfigMap, a.metadata)
  // From now on the newest version is none that a watch of ConfigMaps hears of.
  await client.create(Namespace, { metadata: { name: 'elsewhere' } })
  await informer.catchUp()
  assert.deepEqual(
    informer.cache.list().map(({ metadata }) => metadata.name),
    ['b'],
  )
  await client.create(Namespace, { metadata: { name: 'another' } })
  await informer.catchUp()
})
