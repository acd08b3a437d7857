import assert from 'node:assert/strict'
import { request } from 'node:https'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import type { Credential } from '../../pki/pki-files.ts'
import { type HttpsTestServer, httpsTestServer } from '../http/testing.node.ts'
import { ResourceCalls } from '../testing.node.ts'
import type { AuditEvent } from './audit-event.ts'
import { createAuditor } from './auditor.ts'
import { parseAuditPolicy } from './parse-audit-policy.ts'

const POLICY = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    resources: [{ group: '', resources: [namespaces] }]
  - level: Metadata
    resources: [{ group: '', resources: [secrets] }]
  - level: Metadata
    nonResourceURLs: ['/version']
    omitStages: []
  - level: Request
    verbs: [patch]
  - level: RequestResponse
    omitManagedFields: true
    resources: [{ group: '', resources: [configmaps] }]
  - level: Request
    users: [nobody-in-particular]
`

interface Audited {
  readonly events: AuditEvent[]
  readonly api: HttpsTestServer
}

async function audited(t: TestContext, policy = POLICY): Promise<Audited> {
  const events: AuditEvent[] = []
  const audit = createAuditor({
    policy: parseAuditPolicy(policy),
    clock: systemClock,
    backend: {
      send: (event) => void events.push(event),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
  })
  return { events, api: await httpsTestServer(t, { audit }) }
}

interface Sent {
  readonly status: number
  readonly auditId: string
}

function send(
  { port, pki }: HttpsTestServer,
  method: string,
  path: string,
  {
    as = pki.admin,
    body,
    headers = {},
  }: { as?: Credential | undefined; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        ca: pki.ca.certPem,
        agent: false,
        headers: { 'content-type': 'application/json', 'user-agent': 'tester', ...headers },
        cert: as.certPem,
        key: as.keyPem,
      },
      (response) => {
        response.resume()
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            auditId: String(response.headers['audit-id']),
          }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

const SECRETS = '/api/v1/namespaces/default/secrets'
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'

test('a Secret is never recorded beyond its metadata where the policy says so', async (t) => {
  const { api, events } = await audited(t)
  const body = { metadata: { name: 'x' }, stringData: { password: 'very hidden' } }
  const { auditId } = await send(api, 'POST', `${SECRETS}?dryRun=All`, { body })
  await send(api, 'GET', `${SECRETS}/x`)
  const [created, got] = events
  assert.equal(events.length, 2)
  const { requestReceivedTimestamp, stageTimestamp, ...rest } = created!
  assert.match(requestReceivedTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  assert.ok(stageTimestamp >= requestReceivedTimestamp)
  assert.deepEqual(rest, {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: auditId,
    stage: 'ResponseComplete',
    requestURI: `${SECRETS}?dryRun=All`,
    verb: 'create',
    user: {
      username: 'kubernetes-admin',
      groups: ['system:masters', 'system:authenticated'],
    },
    sourceIPs: ['127.0.0.1'],
    userAgent: 'tester',
    objectRef: { resource: 'secrets', namespace: 'default', name: 'x', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 201 },
    annotations: {
      'authorization.k8s.io/decision': 'allow',
      'authorization.k8s.io/reason': '',
    },
  })
  assert.deepEqual(got!.responseStatus, {
    metadata: {},
    status: 'Failure',
    message: 'secrets "x" not found',
    reason: 'NotFound',
    details: { name: 'x', kind: 'secrets' },
    code: 404,
  })
  assert.ok(!JSON.stringify(events).includes('hidden'))
})

test('what is asked and answered is recorded at the levels that say so', async (t) => {
  const { api, events } = await audited(t)
  const body = { metadata: { name: 'x' }, data: { a: '1' } }
  await send(api, 'POST', CONFIG_MAPS, { body })
  await send(api, 'PATCH', `${CONFIG_MAPS}/x`, {
    body: { data: { a: '2' } },
    headers: { 'content-type': 'application/merge-patch+json' },
  })
  await send(api, 'GET', CONFIG_MAPS)
  await send(api, 'GET', '/api/v1/namespaces')
  await send(api, 'GET', '/api/v1/nodes')
  const [created, patched, listed, ...more] = events
  assert.deepEqual(more, [], 'no rule, or the level None')
  const { requestObject, responseObject } = created as {
    requestObject?: { data?: unknown }
    responseObject?: { metadata: Record<string, unknown> }
  }
  assert.deepEqual(requestObject?.data, { a: '1' })
  assert.equal(typeof responseObject?.metadata['uid'], 'string')
  assert.ok(!('managedFields' in responseObject!.metadata))
  assert.deepEqual(patched?.requestObject, { data: { a: '2' } })
  assert.equal(patched?.responseObject, undefined)
  const { items } = listed!.responseObject as { items: unknown[] }
  assert.equal(items.length, 1)
})

test("stages, failed authentication and the client's own Audit-ID are recorded", async (t) => {
  const { api, events } = await audited(t)
  const headers = { 'audit-id': 'mine', 'x-forwarded-for': '192.0.2.1, 192.0.2.2' }
  assert.equal((await send(api, 'GET', '/version', { headers })).auditId, 'mine')
  assert.deepEqual(
    events.map(({ stage, auditID, sourceIPs }) => [stage, auditID, sourceIPs]),
    [['ResponseComplete', 'mine', ['192.0.2.1', '192.0.2.2', '127.0.0.1']]],
  )
  events.length = 0
  const none = { certPem: '', keyPem: '' }
  await send(api, 'GET', SECRETS, { as: none, headers: { authorization: 'Bearer wrong' } })
  const [refused] = events
  assert.equal(events.length, 1)
  assert.equal(refused?.stage, 'ResponseStarted')
  assert.deepEqual(refused.user, { username: '' })
  assert.equal(refused.responseStatus?.code, 401)
  assert.equal(refused.responseStatus.message, 'Authentication failed, attempted: bearer')
})

test('a watch is recorded when it begins and when it ends; calls of components like all others', async (t) => {
  const { api, events } = await audited(t)
  await send(api, 'GET', `${CONFIG_MAPS}?watch=true&timeoutSeconds=1`)
  assert.deepEqual(
    events.map(({ stage, responseStatus }) => [stage, responseStatus?.code]),
    [
      ['ResponseStarted', 200],
      ['ResponseComplete', 200],
    ],
  )
  events.length = 0
  const secrets = new ResourceCalls(api.transport, 'v1', 'secrets', 'default')
  await secrets.create({ metadata: { name: 'x' } })
  await assert.rejects(secrets.get('other'))
  assert.deepEqual(
    events.map(({ user, requestURI, responseStatus }) => [
      user.username,
      requestURI,
      responseStatus?.code,
    ]),
    [
      ['test', SECRETS, 201],
      ['test', `${SECRETS}/other`, 404],
    ],
  )
})

test('whom a request is impersonated by stands beside who it is', async (t) => {
  const { api, events } = await audited(t)
  await send(api, 'GET', SECRETS, { headers: { 'impersonate-user': 'jane' } })
  const [{ user, impersonatedUser }] = events as [AuditEvent]
  assert.equal(user.username, 'kubernetes-admin')
  assert.deepEqual(impersonatedUser, { username: 'jane', groups: ['system:authenticated'] })
})

test('a stream into a container is recorded before it is opened, with who allowed it', async (t) => {
  const policy = POLICY.replace('resources: [secrets]', 'resources: [secrets, pods/exec]')
  const { api, events } = await audited(t, policy)
  const pod = { metadata: { name: 'x' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  await new ResourceCalls(api.transport, 'v1', 'pods', 'default').create(pod)
  await send(api, 'POST', '/api/v1/namespaces/default/pods/x/exec?command=id&stdout=true')
  const found = events.filter(({ objectRef }) => objectRef?.subresource === 'exec')
  assert.equal(found.at(-1)?.stage, 'ResponseComplete')
  assert.equal(found.at(-1)?.annotations?.['authorization.k8s.io/decision'], 'allow')
})
