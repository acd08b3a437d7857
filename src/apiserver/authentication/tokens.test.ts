import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import type { Clock } from '../../base/clock.ts'
import { ask1 } from '../../serving/testing.node.ts'
import { testServer } from '../../serving/testing.node.ts'
import { startSecureTestServer, type SecureTestServer } from '../testing-secure.node.ts'
import type { ApiObject } from '../registry/api-object.ts'

async function setUp(api: SecureTestServer): Promise<{ readonly pod: ApiObject }> {
  await api.calls('v1', 'serviceaccounts', 'default').create({ metadata: { name: 'cart' } })
  const pod = await api.calls('v1', 'pods', 'default').create({
    metadata: { name: 'p' },
    spec: { serviceAccountName: 'cart', containers: [{ name: 'c', image: 'i' }] },
  })
  return { pod }
}

async function tokenFor(api: SecureTestServer, spec: object = {}): Promise<string> {
  const accounts = api.calls('v1', 'serviceaccounts', 'default')
  const request = await accounts.create(
    { spec: { audiences: [], ...spec } },
    { name: 'cart', subresource: 'token' },
  )
  return (request['status'] as { token: string }).token
}

interface Review {
  readonly authenticated?: boolean
  readonly error?: string
  readonly user: {
    readonly username?: string
    readonly uid?: string
    readonly groups?: readonly string[]
    readonly extra?: Readonly<Record<string, readonly string[]>>
  }
  readonly audiences?: readonly string[]
}

async function review(
  api: SecureTestServer,
  token: string,
  audiences?: readonly string[],
): Promise<Review> {
  const reviews = api.calls('authentication.k8s.io/v1', 'tokenreviews')
  const { status } = await reviews.create({ spec: { token, ...(audiences && { audiences }) } })
  return status as Review
}

const boundToPod = { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' } }

test('a token says who it is for: the account, its groups, and what it is bound to', async () => {
  await using api = await startSecureTestServer()
  const { pod } = await setUp(api)
  const account = await api.calls('v1', 'serviceaccounts', 'default').get('cart')
  const { authenticated, user } = await review(api, await tokenFor(api, boundToPod))
  assert.equal(authenticated, true)
  assert.equal(user.username, 'system:serviceaccount:default:cart')
  assert.equal(user.uid, account.metadata.uid)
  assert.deepEqual(user.groups, [
    'system:serviceaccounts',
    'system:serviceaccounts:default',
    'system:authenticated',
  ])
  const { 'authentication.kubernetes.io/credential-id': credential, ...extra } = user.extra!
  assert.match(credential![0]!, /^JTI=[0-9a-f-]{36}$/)
  assert.deepEqual(extra, {
    'authentication.kubernetes.io/pod-name': ['p'],
    'authentication.kubernetes.io/pod-uid': [pod.metadata.uid],
  })
})

test('a token for somebody else is refused, and one that was tampered with', async () => {
  await using api = await startSecureTestServer()
  await setUp(api)
  const token = await tokenFor(api, { audiences: ['vault'] })
  assert.match((await review(api, token)).error!, /^token audiences \["vault"\] is invalid/)
  assert.deepEqual((await review(api, token, ['vault', 'x'])).audiences, ['vault'])
  const own = await tokenFor(api)
  const at = own.lastIndexOf('.') + 5
  const tampered = own.slice(0, at) + (own[at] === 'A' ? 'B' : 'A') + own.slice(at + 1)
  assert.equal((await review(api, tampered)).error, 'invalid signature')
})

test('a token expires', async () => {
  let nowMs = Date.UTC(2026, 0, 1)
  const clock: Clock = { ...systemClock, now: () => nowMs }
  await using api = await startSecureTestServer({ clock })
  await setUp(api)
  const token = await tokenFor(api, { expirationSeconds: 600 })
  nowMs += 599_000
  assert.equal((await review(api, token)).authenticated, true)
  nowMs += 62_000
  assert.equal((await review(api, token)).error, 'service account token has expired')
})

test('a token dies with its Pod, and is none for a Pod of the same name', async () => {
  await using api = await startSecureTestServer()
  const { pod } = await setUp(api)
  const token = await tokenFor(api, boundToPod)
  const pods = api.calls('v1', 'pods', 'default')
  await pods.delete('p', { gracePeriodSeconds: 0 })
  assert.equal((await review(api, token)).error, 'service account token has been invalidated')
  const { uid: old } = pod.metadata
  const again = await pods.create({ metadata: { name: 'p' }, spec: pod['spec'] })
  assert.equal(
    (await review(api, token)).error,
    `pod UID (${again.metadata.uid}) does not match service account pod ref claim (${old})`,
  )
})

for (const [kind, plural, namespace] of [
  ['Secret', 'secrets', 'default'],
  ['Node', 'nodes', undefined],
] as const) {
  test(`a token dies with the ${kind} that it is bound to`, async () => {
    await using api = await startSecureTestServer()
    await setUp(api)
    const objects = api.calls('v1', plural, namespace)
    const bound = await objects.create({ metadata: { name: 'b' } })
    const boundObjectRef = { apiVersion: 'v1', kind, name: 'b', uid: bound.metadata.uid }
    const token = await tokenFor(api, { boundObjectRef })
    assert.equal((await review(api, token)).authenticated, true)
    await objects.delete('b')
    assert.equal((await review(api, token)).error, 'service account token has been invalidated')
    const again = await objects.create({ metadata: { name: 'b' } })
    const what = kind.toLowerCase()
    assert.equal(
      (await review(api, token)).error,
      `${what} UID (${again.metadata.uid}) does not match service account ${what} ref claim (${bound.metadata.uid})`,
    )
  })
}

test('a token dies with its account', async () => {
  await using api = await startSecureTestServer()
  await setUp(api)
  const token = await tokenFor(api)
  const accounts = api.calls('v1', 'serviceaccounts', 'default')
  const { metadata } = await accounts.get('cart')
  await accounts.delete('cart')
  assert.equal((await review(api, token)).error, 'serviceaccounts "cart" not found')
  const again = await accounts.create({ metadata: { name: 'cart' } })
  assert.equal(
    (await review(api, token)).error,
    `service account UID (${again.metadata.uid}) does not match claim (${metadata.uid})`,
  )
})

test('over HTTPS a good token is let in and a bad one is a 401 Status', async (t) => {
  await using api = await startSecureTestServer()
  await setUp(api)
  const { server } = await testServer(t, api.server.handle)
  const ask = (token: string): ReturnType<typeof ask1> =>
    ask1(server.port, '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    })
  const good = await ask(await tokenFor(api))
  assert.equal(good.status, 201)
  const { status } = JSON.parse(good.body.toString()) as {
    status: { userInfo: { username: string; groups: string[] } }
  }
  assert.equal(status.userInfo.username, 'system:serviceaccount:default:cart')
  assert.ok(status.userInfo.groups.includes('system:authenticated'))
  for (const token of ['x', `${await tokenFor(api)}x`]) {
    const bad = await ask(token)
    assert.equal(bad.status, 401)
    const { reason, message } = JSON.parse(bad.body.toString()) as Record<string, string>
    assert.deepEqual([reason, message], ['Unauthorized', 'Unauthorized'])
  }
})
