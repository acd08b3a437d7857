import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { eventually } from '../../../base/async-eventually.node.ts'
import { systemClock } from '../../../base/clock.node.ts'
import { nodeCrypto } from '../../../base/crypto.node.ts'
import { silentLogger } from '../../../base/logger.ts'
import { grpcConnection } from '../../../grpc/grpc-connection.node.ts'
import { serveGrpc, unaryMethod } from '../../../grpc/grpc-server.node.ts'
import { toBase64url } from '../../../pki/base64url.ts'
import { virtualClock } from '../../../base/virtual-clock.node.ts'
import { testDirectory } from '../../webhook-client/testing.node.ts'
import { externalTokens, type ExternalTokensOptions } from './external-tokens.ts'
import { FETCH_KEYS, METADATA, SIGN } from './protocol.ts'

const crypto = nodeCrypto()
const REQUEST = {
  namespace: 'default',
  serviceAccount: { name: 'robot', uid: 'u' },
  audiences: ['https://kubernetes.default.svc.cluster.local'],
  expirationSeconds: 7200,
}

/** A program that signs, on a socket, until the test ends. */
async function signer(t: TestContext) {
  const program = {
    id: 'one',
    keys: crypto.generateKeyPair('ES256'),
    header: {} as object,
    life: 3600,
    refresh: 60,
    fetched: 0,
    isDown: false,
    rotate(id: string) {
      program.id = id
      program.keys = crypto.generateKeyPair('RS256')
    },
  }
  const socket = join(await testDirectory(t), 'signer.sock')
  const server = await serveGrpc(socket, [
    unaryMethod(SIGN, ({ claims }) => {
      const { algorithm: alg } = program.keys.privateKey
      const header = toBase64url(
        JSON.stringify({ alg, kid: program.id, typ: 'JWT', ...program.header }),
      )
      const signature = crypto.sign(program.keys.privateKey, `${header}.${claims}`)
      return { header, signature: toBase64url(signature) }
    }),
    unaryMethod(FETCH_KEYS, () => {
      program.fetched++
      if (program.isDown) throw new Error('down')
      const keys = [
        { keyId: program.id, key: program.keys.publicKey.spki },
        {
          keyId: 'hidden',
          key: crypto.generateKeyPair('ES256').publicKey.spki,
          excludeFromOidcDiscovery: true,
        },
        { keyId: 'odd', key: new Uint8Array(3) },
      ]
      return { keys, refreshHintSeconds: program.refresh }
    }),
    unaryMethod(METADATA, () => ({ maxTokenExpirationSeconds: program.life })),
  ])
  t.after(() => server[Symbol.asyncDispose]())
  const tokens = async (options: Partial<ExternalTokensOptions> = {}) => {
    const connection = grpcConnection(server.endpoint)
    t.after(() => connection[Symbol.dispose]())
    const made = await externalTokens({
      connection,
      crypto,
      clock: systemClock,
      logger: silentLogger,
      ...options,
    })
    t.after(() => made[Symbol.dispose]())
    return made
  }
  return { program, tokens }
}

test('another program signs tokens, and says which keys verify them', async (t) => {
  const { program, tokens } = await signer(t)
  const own = await tokens()
  const { token, claims } = await own.signBound(REQUEST)
  assert.equal(claims.expiry! - claims.issuedAt!, 3600)
  const verdict = await own.verify(token)
  assert.equal(verdict.type, 'verified')
  assert.equal(program.fetched, 1)
  const { keys } = JSON.parse(own.jwks()) as { readonly keys: readonly { readonly kid: string }[] }
  assert.deepEqual(
    keys.map(({ kid }) => kid),
    ['one'],
  )
  assert.equal((await own.verify(`${token.slice(0, -4)}AAAA`)).type, 'invalid')
})

test('a key that is new is fetched when it is first met', async (t) => {
  const { program, tokens } = await signer(t)
  const own = await tokens()
  program.rotate('two')
  const { token } = await own.signBound(REQUEST)
  assert.equal((await own.verify(token)).type, 'verified')
  assert.equal(program.fetched, 2)
})

test('keys are fetched again after an attempt that failed, and one that is withdrawn verifies no more', async (t) => {
  const { program, tokens } = await signer(t)
  const clock = virtualClock()
  const failed = Promise.withResolvers<void>()
  const own = await tokens({
    clock,
    logger: { ...silentLogger, error: () => failed.resolve() },
  })
  const { token } = await own.signBound(REQUEST)
  program.rotate('two')
  program.isDown = true
  await clock.advance(60_000)
  await failed.promise
  assert.equal((await own.verify(token)).type, 'verified')
  program.isDown = false
  await clock.advance(10_000)
  await eventually(async () => (await own.verify(token)).type === 'invalid')
})

test('headers that tokens must not have are refused', async (t) => {
  const { program, tokens } = await signer(t)
  const own = await tokens()
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ typ: 'X' }, /bad type/],
    [{ kid: '' }, /key id missing/],
    [{ kid: 'x'.repeat(1025) }, /longer than 1024/],
    [{ alg: 'none' }, /bad signing algorithm/],
    [{ crit: ['x'] }, /not one of alg, kid and typ/],
  ]
  for (const [header, message] of cases) {
    program.header = header
    await assert.rejects(async () => own.signBound(REQUEST), message)
  }
})

test('a program that makes no sense is refused at the start', async (t) => {
  const { program, tokens } = await signer(t)
  program.life = 60
  await assert.rejects(tokens(), /less than acceptable/)
  program.life = 3600
  program.refresh = 0
  await assert.rejects(tokens(), /must be positive/)
})
