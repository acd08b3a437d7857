import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { ResourceInfo } from '../../schema/resource.ts'
import { nodeCiphers } from './ciphers.node.ts'
import type { EncryptionConfiguration, Provider } from './encryption-configuration.ts'
import { encryptionTransformers } from './transformers.ts'

const SECRETS = { group: '', plural: 'secrets' } as ResourceInfo

function configuration(...providers: readonly Provider[]): EncryptionConfiguration {
  return { resources: [{ resources: ['secrets'], providers }] }
}

function transformerOf(...providers: readonly Provider[]) {
  return encryptionTransformers(configuration(...providers), nodeCiphers())(SECRETS)!
}

const bytes = fc.uint8Array({ maxLength: 100 })
const secret = fc
  .constantFrom(16, 24, 32)
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
const provider = fc.record({
  type: fc.constantFrom('aesgcm' as const, 'aescbc' as const),
  keys: fc.tuple(fc.record({ name: fc.stringMatching(/^[a-z0-9]{1,8}$/), secret })),
})

test('what a transformer keeps has its prefix and is read back, and only a later provider is stale', async () => {
  await fc.assert(
    fc.asyncProperty(provider, secret, fc.string(), bytes, async (one, other, key, plain) => {
      const writer = transformerOf(one)
      const kept = await writer.encode(key, plain)
      const prefix = `k8s:enc:${one.type}:v1:${one.keys[0].name}:`
      assert.equal(Buffer.from(kept).toString('latin1', 0, prefix.length), prefix)
      assert.deepEqual(await writer.decode(key, kept), { bytes: plain, isStale: false })
      const later = { type: one.type, keys: [{ name: 'Newer', secret: other }, ...one.keys] }
      for (const reader of [transformerOf(later), transformerOf({ type: 'identity' }, one)])
        assert.deepEqual(await reader.decode(key, kept), { bytes: plain, isStale: true })
    }),
  )
})

test('AES-GCM refuses what was moved to another key, changed or cut off', async () => {
  const gcm = provider.map((each) => ({ ...each, type: 'aesgcm' as const }))
  await fc.assert(
    fc.asyncProperty(gcm, bytes, fc.nat(), fc.nat(), async (one, plain, at, length) => {
      const transformer = transformerOf(one)
      const kept = await transformer.encode('/a', plain)
      const start = `k8s:enc:aesgcm:v1:${one.keys[0].name}:`.length
      await assert.rejects(transformer.decode('/b', kept), {
        message: 'cipher: message authentication failed',
      })
      const changed = kept.slice()
      changed[start + (at % (kept.length - start))]! ^= 1
      await assert.rejects(transformer.decode('/a', changed), {
        message: 'cipher: message authentication failed',
      })
      const cut = kept.subarray(0, start + (length % (kept.length - start)))
      await assert.rejects(transformer.decode('/a', cut), {
        message:
          cut.length < start + 12
            ? 'the stored data was shorter than the required size'
            : 'cipher: message authentication failed',
      })
    }),
  )
})

test('AES-CBC says what is wrong with its blocks and padding', async () => {
  const keys = [{ name: 'k', secret: new Uint8Array(32) }]
  const transformer = transformerOf({ type: 'aescbc', keys })
  const decode = (length: number): Promise<unknown> =>
    transformer.decode('/a', Buffer.from(`k8s:enc:aescbc:v1:k:${'x'.repeat(length)}`))
  await assert.rejects(decode(15), {
    message: 'the stored data was shorter than the required size',
  })
  await assert.rejects(decode(17), {
    message: 'the stored data is not a multiple of the block size',
  })
  await assert.rejects(decode(16), { message: 'invalid PKCS7 data (empty or not padded)' })
})

test('the same provider twice, with keys of one name, reads what either wrote', async () => {
  const [a, b] = [1, 2].map((fill): Provider => {
    return { type: 'aesgcm', keys: [{ name: 'k', secret: new Uint8Array(32).fill(fill) }] }
  }) as [Provider, Provider]
  const kept = await transformerOf(a).encode('/a', Buffer.from('x'))
  const { bytes: read, isStale } = await transformerOf(b, a).decode('/a', kept)
  assert.deepEqual([Buffer.from(read).toString(), isStale], ['x', true])
})

test('resources are found by name, by group and by wildcard', () => {
  const of = (...lists: readonly (readonly string[])[]) => {
    const resources = lists.map((names) => ({ resources: names, providers: [IDENTITY] }))
    return encryptionTransformers({ resources }, nodeCiphers())
  }
  const has = (found: ReturnType<typeof of>, group: string, plural: string): boolean =>
    found({ group, plural } as ResourceInfo) !== undefined
  const named = of(['secrets', 'deployments.apps', 'events'])
  assert.ok(has(named, '', 'secrets') && has(named, 'apps', 'deployments'))
  assert.ok(has(named, 'events.k8s.io', 'events'))
  assert.ok(!has(named, '', 'pods') && !has(named, 'apps', 'secrets'))
  const group = of(['*.apps'])
  assert.ok(has(group, 'apps', 'daemonsets') && !has(group, '', 'pods'))
  assert.ok(has(of(['*.']), '', 'pods') && !has(of(['*.']), 'apps', 'deployments'))
  assert.ok(has(of(['*.*']), 'example.com', 'widgets'))
  assert.throws(() => of(['*.'], ['secrets']), {
    message: 'resource "secrets" is masked by earlier rule "*."',
  })
  assert.throws(() => of(['*.*'], ['*.apps']), {
    message: 'resource "*.apps" is masked by earlier rule "*.*"',
  })
})

const IDENTITY: Provider = { type: 'identity' }
