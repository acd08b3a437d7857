import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../../base/random.node.ts'
import { virtualClock } from '../../../base/virtual-clock.node.ts'
import { eventually } from '../../../base/async-eventually.node.ts'
import { grpcConnection } from '../../../grpc/grpc-connection.node.ts'
import type { ResourceInfo } from '../../../schema/resource.ts'
import type { ValueTransformer } from '../../../storage/transforming-store.ts'
import { nodeCiphers } from '../ciphers.node.ts'
import type { EncryptionConfiguration } from '../encryption-configuration.ts'
import { encryptionTransformers } from '../transformers.ts'
import { kmsProvider, type KmsProvider } from './kms-provider.ts'
import { EncryptedObject } from './kms-messages.ts'
import { type TestPlugin, testPlugin } from './testing-plugin.node.ts'

const clock = virtualClock()
const SECRETS = { group: '', plural: 'secrets' } as ResourceInfo
const PLAIN = new TextEncoder().encode('very hidden')
const KEY = '/registry/secrets/default/x'
const PREFIX = 'k8s:enc:kms:v2:test:'

/** What an API server has of a plugin, as after its start. */
function connected({ endpoint }: TestPlugin): Disposable & {
  readonly provider: KmsProvider
  readonly transformer: ValueTransformer
} {
  const ciphers = nodeCiphers()
  const provider = kmsProvider({
    name: 'test',
    timeoutMs: 120_000,
    connection: grpcConnection(endpoint),
    clock,
    random: systemRandom,
    ciphers,
  })
  const configuration: EncryptionConfiguration = {
    resources: [
      {
        resources: ['secrets'],
        providers: [
          { type: 'kms', name: 'test', endpoint, timeoutMs: 120_000 },
          { type: 'identity' },
        ],
      },
    ],
  }
  const of = encryptionTransformers(configuration, ciphers, () => provider.form)
  return {
    provider,
    transformer: of(SECRETS)!,
    [Symbol.dispose]: () => provider[Symbol.dispose](),
  }
}

test('values are encrypted with a seed that the plugin encrypts once, and any server can read them', async () => {
  await using plugin = await testPlugin()
  using one = connected(plugin)
  const kept = await one.transformer.encode(KEY, PLAIN)
  const again = await one.transformer.encode(KEY, PLAIN)
  assert.notDeepEqual(kept, again)
  assert.deepEqual(plugin.calls, ['status', 'encrypt'])
  const text = Buffer.from(kept).toString('latin1')
  assert.ok(text.startsWith(PREFIX) && !text.includes('hidden'))
  const { keyId, encryptedDekSourceType } = EncryptedObject.decode(kept.subarray(PREFIX.length))
  assert.deepEqual([keyId, encryptedDekSourceType], ['one', 1])
  assert.deepEqual(await one.transformer.decode(KEY, kept), { bytes: PLAIN, isStale: false })

  plugin.calls.length = 0
  using two = connected(plugin)
  for (const each of [kept, again])
    assert.deepEqual(await two.transformer.decode(KEY, each), { bytes: PLAIN, isStale: false })
  assert.equal(plugin.calls.filter((call) => call === 'decrypt').length, 1, 'one seed, one call')
  await assert.rejects(two.transformer.decode('/registry/secrets/default/y', kept), {
    message: 'cipher: message authentication failed',
  })
})

test('when the plugin changes its key, what was written before is stale', async () => {
  await using plugin = await testPlugin()
  using server = connected(plugin)
  const kept = await server.transformer.encode(KEY, PLAIN)
  plugin.keyId = 'two'
  await clock.advance(60_000)
  await eventually(() => plugin.calls.filter((call) => call === 'encrypt').length === 2)
  await server.provider.check()
  assert.deepEqual(await server.transformer.decode(KEY, kept), { bytes: PLAIN, isStale: true })
  const newer = await server.transformer.encode(KEY, PLAIN)
  assert.equal(EncryptedObject.decode(newer.subarray(PREFIX.length)).keyId, 'two')
  assert.deepEqual(await server.transformer.decode(KEY, newer), { bytes: PLAIN, isStale: false })
})

test('a plugin that is down or ill is told of; writes go on for three minutes, known reads for ever', async () => {
  await using plugin = await testPlugin()
  using server = connected(plugin)
  const kept = await server.transformer.encode(KEY, PLAIN)
  await plugin.stop()
  await clock.advance(30_000)
  await assert.rejects(
    server.provider.check(),
    /^Error: kmsv2 Provider test is not healthy, error: /,
  )
  await server.transformer.encode(KEY, PLAIN)
  await clock.advance(180_000)
  await assert.rejects(
    server.transformer.encode(KEY, PLAIN),
    /expired: the KMS plugin is not healthy/,
  )
  assert.deepEqual((await server.transformer.decode(KEY, kept)).bytes, PLAIN)

  using other = connected(plugin)
  await assert.rejects(
    other.transformer.decode(KEY, kept),
    /^Error: failed to decrypt DEK, error: /,
  )
  await plugin.start()
  assert.deepEqual((await other.transformer.decode(KEY, kept)).bytes, PLAIN)
  plugin.healthz = 'ill'
  await clock.advance(21_000) // What was well is not asked again at once.
  await assert.rejects(other.provider.check(), {
    message: 'kmsv2 Provider test is not healthy, error: got unexpected healthz status: ill',
  })
  plugin.healthz = 'ok'
  await other.provider.check()
})
