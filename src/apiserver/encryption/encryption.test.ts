import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { systemRandom } from '../../base/random.node.ts'
import { openSqliteStore } from '../../storage/sqlite/sqlite-store.node.ts'
import { createApiServer } from '../api-server.ts'
import { ResourceCalls, statusWith } from '../testing.node.ts'
import { nodeCiphers } from './ciphers.node.ts'
import { ensureEncryptionConfig } from './encryption-file.node.ts'
import { openEncryption } from './open-encryption.node.ts'
import { parseEncryptionConfiguration } from './parse-encryption-configuration.ts'
import { encryptionTransformers, type TransformerOf } from './transformers.ts'

const KEYS = {
  old: Buffer.alloc(32, 1).toString('base64'),
  new: Buffer.alloc(32, 2).toString('base64'),
} as const

type Name = keyof typeof KEYS

function withKeys(...names: readonly Name[]): TransformerOf {
  const keys = names.map((name) => ({ name, secret: KEYS[name] }))
  const providers = [...(keys.length > 0 ? [{ aesgcm: { keys } }] : []), { identity: {} }]
  const yaml = JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['secrets'], providers }],
  })
  return encryptionTransformers(parseEncryptionConfiguration(yaml), nodeCiphers())
}

async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-encryption-'))
  t.after(() => rm(directory, { recursive: true }))
  return directory
}

/** Starts an API server on the store of a directory, and stops it. */
async function serve(
  directory: string,
  transformerOf: TransformerOf | undefined,
  use: (secrets: ResourceCalls, kept: () => Promise<string>) => Promise<void>,
): Promise<void> {
  await using store = await openSqliteStore({ file: join(directory, 'state.db') })
  await using server = createApiServer({
    store,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
    ...(transformerOf && { transformerOf }),
  })
  await server.start()
  const transport = server.transportFor({ name: 'test', groups: ['system:masters'] })
  await use(new ResourceCalls(transport, 'v1', 'secrets', 'default'), async () => {
    const entry = await store.get('/registry/secrets/default/x')
    return Buffer.from(entry!.value.bytes).toString('latin1')
  })
}

async function everythingIn(directory: string): Promise<string> {
  const files = await readdir(directory)
  const texts = await Promise.all(files.map((name) => readFile(join(directory, name), 'latin1')))
  return texts.join('')
}

const metadata = { name: 'x' }
const HIDDEN = [0, 1].map((n) => Buffer.from(`very hidden words ${n}`).toString('base64'))

test('a Secret is not in the files of the database after create, update and delete', async (t) => {
  const directory = await temporaryDirectory(t)
  const assertHidden = async (): Promise<void> => {
    const text = await everythingIn(directory)
    assert.match(text, /k8s:enc:aesgcm:v1:new:/)
    for (const hidden of HIDDEN) assert.ok(!text.includes(hidden))
  }
  await serve(directory, withKeys('new'), async (secrets) => {
    await secrets.create({ metadata, data: { password: HIDDEN[0] } })
    await assertHidden()
    await secrets.patch('x', { data: { password: HIDDEN[1] } })
    await assertHidden()
  })
  await assertHidden()
  await serve(directory, withKeys('new'), async (secrets) => {
    assert.deepEqual((await secrets.get('x'))['data'], { password: HIDDEN[1] })
    await secrets.delete('x')
    await assertHidden()
  })
  await assertHidden()
})

test('a Secret without its key is an error of one request, and is there again with the key', async (t) => {
  const directory = await temporaryDirectory(t)
  const internal = (message: string): ReturnType<typeof statusWith> =>
    statusWith({ code: 500, message: new RegExp(`^Internal error occurred: ${message}$`) })
  await serve(directory, withKeys('old'), async (secrets) => {
    await secrets.create({ metadata, data: { password: HIDDEN[0] } })
  })
  const noKey = 'no matching key was found for the provided AES transformer'
  await serve(directory, withKeys('new'), async (secrets) => {
    await assert.rejects(secrets.get('x'), internal(noKey))
    const named = `unable to transform key "/registry/secrets/default/x": ${noKey}`
    await assert.rejects(secrets.list(), internal(named))
    await secrets.create({ metadata: { name: 'other' } })
    assert.equal((await secrets.get('other')).metadata.name, 'other')
  })
  await serve(directory, withKeys(), async (secrets) => {
    await assert.rejects(secrets.get('x'), internal('no matching prefix found'))
  })
  await serve(directory, undefined, async (secrets) => {
    const unread = 'identity transformer tried to read encrypted data'
    await assert.rejects(secrets.get('x'), internal(unread))
  })
  await serve(directory, withKeys('old', 'new'), async (secrets) => {
    assert.deepEqual((await secrets.get('x'))['data'], { password: HIDDEN[0] })
  })
})

test('keys are rotated by updates that change nothing, from plain text on', async (t) => {
  const directory = await temporaryDirectory(t)
  const rewrite = (transformerOf: TransformerOf | undefined, expected: RegExp): Promise<void> =>
    serve(directory, transformerOf, async (secrets, kept) => {
      await secrets.update(await secrets.get('x'))
      assert.match(await kept(), expected)
    })
  await serve(directory, undefined, async (secrets) => {
    await secrets.create({ metadata, data: { password: HIDDEN[0] } })
  })
  await rewrite(undefined, /^\{"kind":"Secret"/)
  await rewrite(withKeys('old'), /^k8s:enc:aesgcm:v1:old:/)
  await rewrite(withKeys('old', 'new'), /^k8s:enc:aesgcm:v1:old:/)
  await rewrite(withKeys('new', 'old'), /^k8s:enc:aesgcm:v1:new:/)
  await rewrite(withKeys('new'), /^k8s:enc:aesgcm:v1:new:/)
})

test('ensureEncryptionConfig() makes a file once, with a key of its own, for its owner alone', async (t) => {
  const directory = await temporaryDirectory(t)
  const file = join(directory, 'encryption-config.yaml')
  await ensureEncryptionConfig(file)
  const text = await readFile(file, 'utf8')
  await ensureEncryptionConfig(file)
  assert.equal(await readFile(file, 'utf8'), text)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const [entry] = parseEncryptionConfiguration(text).resources
  const [first, second] = entry!.providers
  assert.deepEqual(entry!.resources, ['secrets'])
  assert.ok(first?.type === 'aesgcm' && first.keys[0]?.secret.length === 32)
  assert.equal(second?.type, 'identity')
  const platform = { clock: systemClock, logger: silentLogger }
  using _ = await openEncryption(file, platform)
  await assert.rejects(openEncryption(join(directory, 'none'), platform), {
    message:
      /^error while parsing file: error opening encryption provider configuration file ".*none"/,
  })
})
