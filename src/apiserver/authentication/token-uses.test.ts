import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import { ask1, testServer } from '../../serving/testing.node.ts'
import type { AuditEvent } from '../audit/audit-event.ts'
import { createAuditor } from '../audit/auditor.ts'
import { parseAuditPolicy } from '../audit/parse-audit-policy.ts'
import { serverMetrics } from '../metrics/server-metrics.ts'
import type { TokenLife } from '../resources/token-requests.ts'
import { startSecureTestServer, type SecureTestServer } from '../testing-secure.node.ts'

const POLICY = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{ level: Metadata }]
`
const DAY_MS = 86_400_000

interface Watched {
  readonly api: SecureTestServer
  /** Lets time pass. */
  pass(ms: number): void
  /** Shows a token; gives the status, and what the audit log says of the token. */
  show(token: string): Promise<readonly [number, Readonly<Record<string, string>>]>
  /** The same of a request to issue one. */
  issued(): readonly (string | undefined)[]
  /** What was counted, by the names of the metrics. */
  counted(): Promise<Readonly<Record<string, string>>>
}

async function watched(t: TestContext, tokenLife: TokenLife = {}): Promise<Watched> {
  let nowMs = Date.UTC(2026, 0, 1)
  const clock = { ...systemClock, now: () => nowMs }
  const events: AuditEvent[] = []
  const audit = createAuditor({
    policy: parseAuditPolicy(POLICY),
    clock,
    backend: {
      send: (event) => void events.push(event),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
  })
  const metrics = serverMetrics()
  const api = await startSecureTestServer({ clock, access: { audit, metrics, tokenLife } })
  t.after(() => api[Symbol.asyncDispose]())
  const { server } = await testServer(t, api.server.handle)
  return {
    api,
    pass(ms) {
      nowMs += ms
    },
    async show(token) {
      events.length = 0
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
      const { status } = await ask1(server.port, path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{}',
      })
      const said = Object.entries(
        events.find(({ requestURI }) => requestURI === path)?.annotations ?? {},
      )
      return [status, Object.fromEntries(said.filter(([key]) => key.startsWith('authentication.')))]
    },
    issued: () =>
      events
        .filter(({ requestURI }) => requestURI.endsWith('/token'))
        .map((each) => each.annotations?.['authentication.kubernetes.io/issued-credential-id']),
    async counted() {
      const lines = (await metrics.set.text()).split('\n')
      const own = lines.filter((line) => line.startsWith('serviceaccount_'))
      return Object.fromEntries(own.map((line) => line.split(' ') as [string, string]))
    },
  }
}

async function podWithAccount({ api }: Watched): Promise<void> {
  await api.calls('v1', 'serviceaccounts', 'default').create({ metadata: { name: 'robot' } })
  await api.calls('v1', 'pods', 'default').create({
    metadata: { name: 'p' },
    spec: { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'i' }] },
  })
}

/** As a kubelet asks for the token that Pods have by default. */
async function tokenFor({ api }: Watched, spec: object = {}): Promise<string> {
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'p' }
  const { status } = (await api
    .calls('v1', 'serviceaccounts', 'default')
    .create(
      { spec: { audiences: [], boundObjectRef, expirationSeconds: 3607, ...spec } },
      { name: 'robot', subresource: 'token' },
    )) as unknown as {
    readonly status: { readonly token: string; readonly expirationTimestamp: string }
  }
  assert.equal(status.expirationTimestamp, '2026-01-01T01:00:07Z')
  return status.token
}

test('a token that Pods have by default lasts a year, but its late use is told', async (t) => {
  const tests = await watched(t)
  await podWithAccount(tests)
  const token = await tokenFor(tests)
  assert.match(tests.issued().join(), /^JTI=[0-9a-f-]{36}$/)
  tests.pass(3_600_000)
  assert.deepEqual(await tests.show(token), [201, {}])
  tests.pass(3_600_000)
  const stale =
    'subject: system:serviceaccount:default:robot, seconds after warning threshold: 3593'
  assert.deepEqual(await tests.show(token), [201, { 'authentication.k8s.io/stale-token': stale }])
  const counted = await tests.counted()
  assert.equal(counted['serviceaccount_valid_tokens_total'], '1')
  assert.equal(counted['serviceaccount_stale_tokens_total'], '1')
  tests.pass(365 * DAY_MS)
  assert.equal((await tests.show(token))[0], 401)
})

test('a token for others is not extended, nor one that dies with no Pod', async (t) => {
  const tests = await watched(t)
  await podWithAccount(tests)
  const review = async (token: string): Promise<unknown> => {
    const reviews = tests.api.calls('authentication.k8s.io/v1', 'tokenreviews')
    const { status } = await reviews.create({ spec: { token, audiences: ['vault'] } })
    return (status as { readonly error?: string }).error
  }
  const ofOthers = await tokenFor(tests, { audiences: ['vault'] })
  const unbound = await tokenFor(tests, { boundObjectRef: undefined })
  assert.equal(await review(ofOthers), undefined)
  assert.deepEqual(await tests.show(unbound), [201, {}])
  tests.pass(3_700_000)
  assert.equal(await review(ofOthers), 'service account token has expired')
  assert.equal((await tests.show(unbound))[0], 401)
})

test('who does not want tokens to be extended, or to be long, has them short', async (t) => {
  const tests = await watched(t, { extends: false, secondsMax: 7200 })
  await podWithAccount(tests)
  const token = await tokenFor(tests)
  tests.pass(3_700_000)
  assert.equal((await tests.show(token))[0], 401)
  const { spec } = (await tests.api
    .calls('v1', 'serviceaccounts', 'default')
    .create(
      { spec: { audiences: [], expirationSeconds: 86_400 } },
      { name: 'robot', subresource: 'token' },
    )) as unknown as { readonly spec: { readonly expirationSeconds: number } }
  assert.equal(spec.expirationSeconds, 7200)
})

test('what a token in a Secret is, is told with each use', async (t) => {
  const tests = await watched(t)
  await podWithAccount(tests)
  const accounts = tests.api.calls('v1', 'serviceaccounts', 'default')
  const secrets = tests.api.calls('v1', 'secrets', 'default')
  const { uid = '' } = (await accounts.get('robot')).metadata
  const serviceAccount = { name: 'robot', uid }
  const token = tests.api.tokens.signLegacy({
    namespace: 'default',
    serviceAccount,
    secretName: 's',
  })
  const annotations = { 'kubernetes.io/service-account.name': 'robot' }
  await secrets.create({
    metadata: { name: 's', annotations },
    type: 'kubernetes.io/service-account-token',
    stringData: { token },
  })
  const subject = 'system:serviceaccount:default:robot'
  const told = (how: string): object => ({
    'authentication.k8s.io/legacy-token': subject,
    [`authentication.k8s.io/legacy-token-${how}-secret`]: 's',
  })
  assert.deepEqual(await tests.show(token), [201, told('manual')])
  await accounts.patch('robot', { secrets: [{ name: 's' }] })
  assert.deepEqual(await tests.show(token), [201, told('autogenerated')])
  const labels = { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' }
  await secrets.patch('s', { metadata: { labels } })
  assert.equal((await tests.show(token))[0], 401)
  const {
    serviceaccount_valid_tokens_total: _valid,
    serviceaccount_stale_tokens_total: _stale,
    ...legacy
  } = await tests.counted()
  assert.deepEqual(legacy, {
    serviceaccount_legacy_tokens_total: '3',
    serviceaccount_legacy_auto_token_uses_total: '1',
    serviceaccount_legacy_manual_token_uses_total: '1',
    serviceaccount_invalid_legacy_auto_token_uses_total: '1',
  })
})
