import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../../base/async-eventually.node.ts'
import { systemClock } from '../../base/clock.node.ts'
import { silentLogger } from '../../base/logger.ts'
import type { ResourceInfo } from '../../schema/resource.ts'
import { testPlugin } from './kms/testing-plugin.node.ts'
import { openEncryption } from './open-encryption.node.ts'

const SECRETS = { group: '', plural: 'secrets' } as ResourceInfo
const PODS = { group: '', plural: 'pods' } as ResourceInfo
const PLAIN = new TextEncoder().encode('plain')
const secret = Buffer.alloc(32).toString('base64')
const configuration = (...providers: object[]): string =>
  JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['secrets'], providers: [...providers, { identity: {} }] }],
  })

test('openEncryption() follows its file, and stays with what made sense', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-encryption-'))
  t.after(() => rm(directory, { recursive: true }))
  const file = join(directory, 'encryption.yaml')
  const write = async (text: string): Promise<void> => {
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }
  await write(configuration())
  const platform = { clock: systemClock, logger: silentLogger, reload: true }
  using encryption = await openEncryption(file, platform)
  const transformer = encryption.transformerOf(SECRETS)!
  const start = async (): Promise<string> =>
    Buffer.from(await transformer.encode('/a', PLAIN)).toString('latin1', 0, 20)
  assert.equal(await start(), 'plain')

  await write(configuration({ secretbox: { keys: [{ name: 'k', secret }] } }))
  await eventually(async () => (await start()).startsWith('k8s:enc:secretbox:v1'))
  await write('nonsense')
  await write(configuration({ aesgcm: { keys: [{ name: 'k', secret }] } }))
  await eventually(async () => (await start()).startsWith('k8s:enc:aesgcm:v1:k:'))
  const pods = encryption.transformerOf(PODS)!
  assert.deepEqual(await pods.encode('/b', PLAIN), PLAIN)
  assert.deepEqual(await pods.decode('/b', PLAIN), { bytes: PLAIN, isStale: false })
  assert.deepEqual(
    encryption.healthChecks.map(({ name }) => name),
    ['kms-providers'],
  )
})

test('openEncryption() connects to KMS plugins, whose health counts', async (t) => {
  await using plugin = await testPlugin()
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-encryption-'))
  t.after(() => rm(directory, { recursive: true }))
  const file = join(directory, 'encryption.yaml')
  const kms = { apiVersion: 'v2', name: 'test', endpoint: plugin.endpoint, timeout: '5s' }
  await writeFile(file, configuration({ kms }))
  using encryption = await openEncryption(file, { clock: systemClock, logger: silentLogger })
  const transformer = encryption.transformerOf(SECRETS)!
  const kept = await transformer.encode('/a', PLAIN)
  assert.deepEqual(await transformer.decode('/a', kept), { bytes: PLAIN, isStale: false })
  const [check] = encryption.healthChecks
  await check!.check()
  assert.equal(check!.name, 'kms-providers')
  assert.equal(encryption.transformerOf(PODS), undefined)
})

test('openEncryption() leaves a plugin for another one only when that one answers, and not at once', async (t) => {
  await using one = await testPlugin()
  await using two = await testPlugin()
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-encryption-'))
  t.after(() => rm(directory, { recursive: true }))
  const file = join(directory, 'encryption.yaml')
  const kms = (name: string, { endpoint }: { readonly endpoint: string }): object => ({
    kms: { apiVersion: 'v2', name, endpoint, timeout: '5s' },
  })
  const write = async (text: string): Promise<void> => {
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }
  const told: string[] = []
  const tell = (message: string): void => void told.push(message)
  const logger = { ...silentLogger, info: tell, error: tell }
  await write(configuration(kms('one', one)))
  using encryption = await openEncryption(file, { clock: systemClock, logger, reload: true })
  const transformer = encryption.transformerOf(SECRETS)!
  const start = async (): Promise<string> =>
    Buffer.from(await transformer.encode('/a', PLAIN)).toString('latin1', 0, 19)
  assert.equal(await start(), 'k8s:enc:kms:v2:one:')
  using another = await openEncryption(file, { clock: systemClock, logger: silentLogger })
  const ofAnother = await another.transformerOf(SECRETS)!.encode('/b', PLAIN)

  await two.stop()
  await write(configuration(kms('two', two), kms('one', one)))
  await eventually(() => told.length === 1)
  assert.deepEqual(told, ['Cannot use the encryption configuration; the last one stays in force'])
  assert.equal(await start(), 'k8s:enc:kms:v2:one:')

  await two.start()
  const held = Promise.withResolvers<void>()
  one.held = held.promise
  const decrypting = transformer.decode('/b', ofAnother)
  await eventually(() => one.calls.includes('decrypt'))
  await write(configuration(kms('two', two)))
  await eventually(() => told.length === 2)
  assert.equal(await start(), 'k8s:enc:kms:v2:two:')
  held.resolve()
  assert.deepEqual(await decrypting, { bytes: PLAIN, isStale: false })
})
