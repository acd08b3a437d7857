import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../base/clock.node.ts'
import { nodeCrypto } from '../../../base/crypto.node.ts'
import type { Authentication } from '../authenticator.ts'
import { startSecureTestServer } from '../../testing-secure.node.ts'
import { rememberAnswers } from './remember-answers.ts'
import { parseStaticTokens, staticTokens } from './static-tokens.ts'

const crypto = nodeCrypto()

test('parseStaticTokens() reads users, and groups in quotes', () => {
  const tokens = parseStaticTokens('t1,jane,7,"a, b"\n\nt2,"o""neil",8\n')
  assert.deepEqual(
    [...tokens],
    [
      ['t1', { name: 'jane', uid: '7', groups: ['a', 'b'] }],
      ['t2', { name: 'o"neil', uid: '8', groups: [] }],
    ],
  )
  assert.throws(() => parseStaticTokens('t,jane'), /at least 3 columns .*, found 2$/)
  assert.throws(() => parseStaticTokens(',jane,1'), /empty token/)
  assert.throws(() => parseStaticTokens('t"x,jane,1'), /bare "/)
})

test('staticTokens() knows whole tokens only', async () => {
  const authenticate = staticTokens(parseStaticTokens('secret,jane,7'), crypto)
  const ask = (bearerToken: string) => authenticate({ bearerToken })
  assert.deepEqual(await ask('secret'), { user: { name: 'jane', uid: '7', groups: [] } })
  for (const token of ['', 'secre', 'secrets', 'SECRET', 'jane'])
    assert.equal(await ask(token), undefined)
})

const ID = 'abcdef'
const SECRET = '0123456789abcdef'

async function bootstrapServer(data: Readonly<Record<string, string>>, type?: string) {
  const api = await startSecureTestServer()
  await api.calls('v1', 'secrets', 'kube-system').create({
    metadata: { name: `bootstrap-token-${ID}` },
    type: type ?? 'bootstrap.kubernetes.io/token',
    stringData: {
      'token-id': ID,
      'token-secret': SECRET,
      'usage-bootstrap-authentication': 'true',
      ...data,
    },
  })
  return api
}

async function review(
  api: Awaited<ReturnType<typeof bootstrapServer>>,
  token: string,
  audiences: readonly string[] = [],
) {
  const reviews = api.calls('authentication.k8s.io/v1', 'tokenreviews')
  const { status } = await reviews.create({ spec: { token, audiences } })
  const { authenticated = false, user } = status as {
    readonly authenticated?: boolean
    readonly user: { readonly username?: string; readonly groups?: readonly string[] }
  }
  return authenticated ? [user.username, user.groups] : undefined
}

test('a bootstrap token makes its bearer one of the bootstrappers', async () => {
  await using api = await bootstrapServer({
    'auth-extra-groups': 'system:bootstrappers:b, system:bootstrappers:a',
    expiration: '2999-01-01T00:00:00Z',
  })
  assert.deepEqual(await review(api, `${ID}.${SECRET}`), [
    `system:bootstrap:${ID}`,
    [
      'system:bootstrappers',
      'system:bootstrappers:a',
      'system:bootstrappers:b',
      'system:authenticated',
    ],
  ])
  for (const token of [`${ID}.${SECRET.slice(1)}0`, `abcdeg.${SECRET}`, `${ID}.${SECRET}0`, ID])
    assert.equal(await review(api, token), undefined, token)
  assert.equal(await review(api, `${ID}.${SECRET}`, ['vault']), undefined)
  await api.calls('v1', 'secrets', 'kube-system').delete(`bootstrap-token-${ID}`)
  assert.equal(await review(api, `${ID}.${SECRET}`), undefined)
})

const USELESS: readonly (readonly [string, Readonly<Record<string, string>>, string?])[] = [
  ['that is no bootstrap token', {}, 'Opaque'],
  ['that has expired', { expiration: '2020-01-01T00:00:00Z' }],
  ['whose end cannot be read', { expiration: 'tomorrow' }],
  ['that is not for authentication', { 'usage-bootstrap-authentication': 'false' }],
  ['that gives other groups', { 'auth-extra-groups': 'system:masters' }],
  ['of another ID', { 'token-id': 'zzzzzz' }],
  ['without a secret', { 'token-secret': '' }],
]

for (const [what, data, type] of USELESS) {
  test(`a Secret ${what} lets nobody in`, async () => {
    await using api = await bootstrapServer(data, type)
    assert.equal(await review(api, `${ID}.${SECRET}`), undefined)
    assert.equal(await review(api, `${ID}.`), undefined)
  })
}

test('rememberAnswers() asks once for what it knows, and again for what may pass', async () => {
  let nowMs = 0
  const clock = { ...systemClock, monotonic: () => nowMs }
  let asked = 0
  let answer: Authentication | undefined = { user: { name: 'u', groups: [] } }
  const ask = rememberAnswers(
    async () => {
      asked++
      return answer
    },
    { clock, crypto, successMs: 1000, failureMs: 100 },
  )
  await Promise.all([ask({ bearerToken: 'a' }), ask({ bearerToken: 'a' })])
  await ask({ bearerToken: 'a' })
  assert.equal(asked, 1)
  await ask({ bearerToken: 'a', audiences: ['x'] })
  assert.equal(asked, 2)
  nowMs = 1001
  answer = { failure: 'no' }
  assert.deepEqual(await ask({ bearerToken: 'a' }), answer)
  await ask({ bearerToken: 'a' })
  assert.equal(asked, 3)
  answer = { failure: 'unreachable', isPassing: true }
  await ask({ bearerToken: 'b' })
  await ask({ bearerToken: 'b' })
  assert.equal(asked, 5)
})
