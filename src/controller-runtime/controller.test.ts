import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ConfigMap } from '../api/core/v1/config-map.ts'
import { Secret } from '../api/core/v1/secret.ts'
import { controllerReferenceTo } from '../apimachinery/owner-references.ts'
import { sleep } from '../base/clock.ts'
import { controller, watch, type Pass } from './controller.ts'
import { requeueAfter, TerminalError } from './result.ts'
import { testCluster } from './testing.ts'

const configMap = (name: string, data: Record<string, string> = {}) => ({
  metadata: { namespace: 'default', name },
  data,
})

/** Keeps one Secret for each ConfigMap, which counts how often that was done. */
const secrets = controller('secrets', {
  for: ConfigMap,
  owns: [Secret],
  async reconcile(owner, pass) {
    if (pass.cache.controlledBy(Secret, owner).length > 0) return
    await pass.client.create(Secret, {
      metadata: {
        namespace: owner.metadata.namespace,
        generateName: `${owner.metadata.name}-`,
        ownerReferences: [controllerReferenceTo(owner)],
      },
    })
  },
})

test('controller() reconciles each object, and again when what it owns changes', async () => {
  await using cluster = await testCluster([secrets])
  const { client } = cluster
  await client.create(ConfigMap, configMap('a'))
  await cluster.settle()
  const [first] = (await client.list(Secret)).items
  assert.match(first!.metadata.name, /^a-/)
  await client.delete(Secret, first!.metadata)
  await cluster.settle()
  const [second, ...others] = (await client.list(Secret)).items
  assert.deepEqual(others, [])
  assert.notEqual(second!.metadata.uid, first!.metadata.uid)
})

test('controller() holds a key back until the cache shows what the last pass wrote', async () => {
  let passes = 0
  const eager = controller('eager', {
    for: ConfigMap,
    owns: [Secret],
    async reconcile(owner, pass) {
      passes += 1
      await secretFor(owner, pass)
      // Comes again at once; without holding back it would not see the Secret.
      return passes < 20 ? requeueAfter(0) : undefined
    },
  })
  const secretFor = async (owner: ConfigMap, pass: Pass): Promise<void> => {
    if (pass.cache.controlledBy(Secret, owner).length > 0) return
    const { namespace } = owner.metadata
    const metadata = {
      namespace,
      generateName: 'x-',
      ownerReferences: [controllerReferenceTo(owner)],
    }
    await pass.client.create(Secret, { metadata })
  }
  await using cluster = await testCluster([eager])
  await cluster.client.create(ConfigMap, configMap('a'))
  await cluster.settle()
  assert.ok(passes >= 20)
  assert.equal((await cluster.client.list(Secret)).items.length, 1)
})

test('controller() tries again after a failure, but not after a TerminalError', async () => {
  const passes: Record<string, number> = { flaky: 0, hopeless: 0 }
  const failing = controller('failing', {
    for: ConfigMap,
    async reconcile({ metadata: { name } }) {
      passes[name]! += 1
      if (name === 'hopeless') throw new TerminalError('never')
      if (passes[name]! < 4) throw new Error('not yet')
    },
  })
  await using cluster = await testCluster([failing])
  await cluster.client.create(ConfigMap, configMap('flaky'))
  await cluster.client.create(ConfigMap, configMap('hopeless'))
  await cluster.settle()
  await cluster.clock.advance(60_000)
  assert.deepEqual(passes, { flaky: 4, hopeless: 1 })
})

test('controller() calls gone() when the object is gone, and follows what it watches', async () => {
  const seen: string[] = []
  const watching = controller('watching', {
    for: ConfigMap,
    watches: [watch(Secret, ({ metadata }) => [{ ...metadata, name: 'a' }])],
    async reconcile({ metadata }) {
      seen.push(`pass ${metadata.name}`)
    },
    async gone({ name }) {
      seen.push(`gone ${name}`)
    },
  })
  await using cluster = await testCluster([watching])
  const { client } = cluster
  await client.create(ConfigMap, configMap('a'))
  await cluster.settle()
  await client.create(Secret, { metadata: { namespace: 'default', name: 's' } })
  await cluster.settle()
  await client.delete(ConfigMap, { namespace: 'default', name: 'a' })
  await cluster.settle()
  assert.deepEqual(seen, ['pass a', 'pass a', 'gone a'])
})

test('a controller that is stopped aborts its passes and waits for them', async () => {
  const seen: string[] = []
  const slow = controller('slow', {
    for: ConfigMap,
    async reconcile(_, { signal }) {
      seen.push('begun')
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve)
      })
      seen.push('ended')
    },
  })
  {
    await using cluster = await testCluster([slow])
    await cluster.client.create(ConfigMap, configMap('a'))
    await cluster.settle()
    assert.deepEqual(seen, ['begun'])
  }
  assert.deepEqual(seen, ['begun', 'ended'])
})

test('events are counted, and told by the name of the controller', async () => {
  const telling = controller('telling', {
    for: ConfigMap,
    async reconcile(object, { events }) {
      events.normal(object, 'Seen', `Saw ${object.data?.['x']}`)
      await events.flush()
    },
  })
  await using cluster = await testCluster([telling])
  const { client } = cluster
  let object = await client.create(ConfigMap, configMap('a', { x: '1' }))
  await cluster.settle()
  object = await client.update(ConfigMap, { ...object, data: { ...object.data, y: '1' } })
  await cluster.settle()
  object = await client.update(ConfigMap, { ...object, data: { x: '2' } })
  await cluster.settle()
  assert.deepEqual(await cluster.events(), ['Seen Saw 1', 'Seen Saw 2'])
})

test('controller() holds a key back until the cache shows that what it let go is gone', async () => {
  let freed = 0
  const lettingGo = controller('letting-go', {
    for: Secret,
    watches: [watch(ConfigMap, ({ metadata }) => [metadata])],
    async reconcile({ metadata }, { cache, client }) {
      const kept = cache.get(ConfigMap, metadata)
      if (!kept?.metadata.deletionTimestamp) return undefined
      freed += 1
      await client.update(ConfigMap, { ...kept, metadata: { ...kept.metadata, finalizers: [] } })
      return requeueAfter(0)
    },
  })
  await using cluster = await testCluster([lettingGo], {
    // The cache learns of everything a second late.
    through: (transport, clock) => ({
      call: (...call) => transport.call(...call),
      async *watch(...call) {
        for await (const events of transport.watch(...call)) {
          await sleep(clock, 1000)
          yield events
        }
      },
    }),
  })
  const { client, clock } = cluster
  const metadata = { namespace: 'default', name: 'a' }
  await client.create(Secret, { metadata })
  await client.create(ConfigMap, { metadata: { ...metadata, finalizers: ['example.com/a'] } })
  await clock.advance(5000)
  await client.delete(ConfigMap, metadata)
  await clock.advance(5000)
  assert.equal(freed, 1)
})
