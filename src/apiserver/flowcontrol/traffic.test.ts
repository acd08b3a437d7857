import assert from 'node:assert/strict'
import { Agent } from 'node:https'
import { setImmediate } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import { eventually } from '../../base/async-eventually.node.ts'
import { FlowSchema } from '../../api/flowcontrol/v1/flow-schema.ts'
import { PriorityLevelConfiguration } from '../../api/flowcontrol/v1/priority-level-configuration.ts'
import { ask1, testServer, type Answer } from '../../serving/testing.node.ts'
import { systemClock } from '../../base/clock.node.ts'
import { serverMetrics } from '../metrics/server-metrics.ts'
import { prometheusRoutes } from '../http/prometheus.node.ts'
import { httpsTestServer } from '../http/testing.node.ts'
import type { Stage } from '../pipeline/call.ts'
import { startSecureTestServer } from '../testing-secure.node.ts'
import { FlowControl } from './flow-control.ts'
import { flowConfiguration } from './configuration.ts'
import { MANDATORY, SUGGESTED } from './bootstrap-objects.ts'
import { AUTOUPDATE } from './ensure-objects.ts'

const TURNS = 5

/** Requests that take a while. */
const slowly: Stage = (next) => async (call) => {
  if (call.user.name !== 'test') for (let i = 0; i < TURNS; i++) await setImmediate()
  return next(call)
}

function objects(specs: Readonly<Record<string, unknown>>): never[] {
  return Object.entries(specs).map(
    ([name, spec]) => ({ metadata: { name, uid: name }, spec }) as never,
  )
}

test('HTTP: a user who floods the server does not keep another one waiting', async (t) => {
  const metrics = serverMetrics()
  const flowControl = new FlowControl({
    clock: systemClock,
    concurrency: 24, // Two of them for everybody who is nobody special.
    waitMsMax: 60_000,
    observer: metrics.flow,
  })
  t.after(() => flowControl[Symbol.dispose]())
  flowControl.configure(
    flowConfiguration(
      objects({ ...MANDATORY.flowSchemas, ...SUGGESTED.flowSchemas }),
      objects({ ...MANDATORY.priorityLevels, ...SUGGESTED.priorityLevels }),
    ),
  )
  const api = await httpsTestServer(t, {
    flowControl,
    metrics,
    stages: [slowly],
    routes: () => prometheusRoutes(metrics),
  })
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  const agent = new Agent({ keepAlive: true, maxSockets: 100 })
  t.after(() => agent.destroy())
  const get = (user: string, through = new Agent()): Promise<Answer> =>
    ask1(api.port, '/api/v1/namespaces/default', {
      cert,
      key,
      agent: through,
      headers: { 'impersonate-user': user, 'impersonate-group': 'system:authenticated' },
    })
  let flooding = 0
  const flood = Array.from({ length: 200 }, async () => {
    flooding += 1
    const { status } = await get('elephant', agent)
    flooding -= 1
    return status
  })
  await eventually(() => flowControl.levels.get('global-default')!.queueSet.waiting > 50)
  for (let i = 0; i < 5; i++) {
    const { status, headers } = await get('mouse')
    assert.equal(status, 200)
    assert.equal(headers['x-kubernetes-pf-flowschema-uid'], 'global-default')
  }
  assert.ok(flooding > 50, `the mouse was done with ${flooding} of the elephant's requests to go`)
  const codes = new Set(await Promise.all(flood))
  // What found all its queues full was turned away.
  assert.ok(codes.has(200) && [...codes].every((code) => code === 200 || code === 429))
  const text = (await ask1(api.port, '/metrics', { cert, key })).body.toString()
  assert.match(text, /request_wait_duration_seconds_count\{priority_level="global-default"/)
})

async function secureServer(t: TestContext) {
  const api = await startSecureTestServer()
  t.after(() => api[Symbol.asyncDispose]())
  const { server, pki } = await testServer(t, api.server.handle)
  const { certPem: cert, keyPem: key } = pki.superAdmin
  const ask = (path: string, headers = {}): Promise<Answer> =>
    ask1(server.port, path, { cert, key, headers })
  return { api, client: api.client(), ask }
}

// As staging/src/k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap/default.go has them; endpoint-controller and
// workload-leader-election are gone since 1.34.
const LEVELS = [
  'catch-all: Limited shares=5 lendable=0 Reject',
  'exempt: Exempt shares=0 lendable=0',
  'global-default: Limited shares=20 lendable=50 Queue 128 6 50',
  'leader-election: Limited shares=10 lendable=0 Queue 16 4 50',
  'node-high: Limited shares=40 lendable=25 Queue 64 6 50',
  'system: Limited shares=30 lendable=33 Queue 64 6 50',
  'workload-high: Limited shares=40 lendable=50 Queue 128 6 50',
  'workload-low: Limited shares=100 lendable=90 Queue 128 6 50',
]
const EVERYTHING = '* of */* in * and cluster; * of *'
const EVERYBODY = 'Group system:unauthenticated, Group system:authenticated'
const SYSTEM_ACCOUNTS = 'ServiceAccount kube-system/*'
const MANAGER = 'User system:kube-controller-manager'
const SCHEDULER = 'User system:kube-scheduler'
const SCHEMAS = [
  `catch-all: 10000 catch-all ByUser ${EVERYBODY}: ${EVERYTHING}`,
  `exempt: 1 exempt - Group system:masters: ${EVERYTHING}`,
  `global-default: 9900 global-default ByUser ${EVERYBODY}: ${EVERYTHING}`,
  `kube-controller-manager: 800 workload-high ByNamespace ${MANAGER}: ${EVERYTHING}`,
  `kube-scheduler: 800 workload-high ByNamespace ${SCHEDULER}: ${EVERYTHING}`,
  `kube-system-service-accounts: 900 workload-high ByNamespace ${SYSTEM_ACCOUNTS}: ${EVERYTHING}`,
  `probes: 2 exempt - ${EVERYBODY}: get of /healthz,/readyz,/livez`,
  `service-accounts: 9000 workload-low ByUser Group system:serviceaccounts: ${EVERYTHING}`,
  `system-leader-election: 100 leader-election ByUser ${MANAGER}, ${SCHEDULER}, ${SYSTEM_ACCOUNTS}: get,create,update of coordination.k8s.io/leases in *`,
  'system-node-high: 400 node-high ByUser Group system:nodes: * of /nodes,nodes/status in * and cluster; * of coordination.k8s.io/leases in *',
  `system-nodes: 500 system ByUser Group system:nodes: ${EVERYTHING}`,
]

function levelLine({ metadata, spec }: PriorityLevelConfiguration): string {
  const { nominalConcurrencyShares, lendablePercent } = (spec.limited ?? spec.exempt)!
  const { limitResponse, borrowingLimitPercent } = spec.limited ?? {}
  assert.equal(borrowingLimitPercent, undefined)
  const { queues, handSize, queueLengthLimit } = limitResponse?.queuing ?? {}
  return [
    `${metadata.name}: ${spec.type} shares=${nominalConcurrencyShares} lendable=${lendablePercent}`,
    ...[limitResponse?.type, queues, handSize, queueLengthLimit].filter((each) => each),
  ].join(' ')
}

function schemaLine({ metadata, spec }: FlowSchema): string {
  const { matchingPrecedence, priorityLevelConfiguration, distinguisherMethod, rules = [] } = spec
  const head = [matchingPrecedence, priorityLevelConfiguration.name, distinguisherMethod?.type]
  const told = rules.map(({ subjects, resourceRules = [], nonResourceRules = [] }) => {
    const who = subjects.map(({ kind, group, serviceAccount, user }) => {
      const account = serviceAccount && `${serviceAccount.namespace}/${serviceAccount.name}`
      return `${kind} ${group?.name ?? user?.name ?? account}`
    })
    const what = [
      ...resourceRules.map(
        ({ verbs, apiGroups, resources, namespaces, clusterScope }) =>
          `${verbs.join()} of ${apiGroups.join()}/${resources.join()} in ${namespaces.join()}${clusterScope ? ' and cluster' : ''}`,
      ),
      ...nonResourceRules.map(
        ({ verbs, nonResourceURLs }) => `${verbs.join()} of ${nonResourceURLs.join()}`,
      ),
    ]
    return `${who.join(', ')}: ${what.join('; ')}`
  })
  return `${metadata.name}: ${head.map((each) => each ?? '-').join(' ')} ${told.join(' | ')}`
}

test('the objects of flow control are there, and say whether their level exists', async (t) => {
  const { client } = await secureServer(t)
  const { items: levels } = await client.list(PriorityLevelConfiguration)
  assert.deepEqual(levels.map(levelLine), LEVELS)
  const { items: schemas } = await client.list(FlowSchema)
  assert.deepEqual(schemas.map(schemaLine), SCHEMAS)
  for (const { metadata } of [...levels, ...schemas]) {
    assert.equal(metadata.annotations?.[AUTOUPDATE], 'true')
  }
  const spec = { ...schemas[0]!.spec, matchingPrecedence: 2000 }
  const lost = { ...spec, priorityLevelConfiguration: { name: 'none' } }
  await client.create(FlowSchema, { metadata: { name: 'lost' }, spec: lost })
  const condition = await eventually(async () => {
    const { status } = await client.get(FlowSchema, { name: 'lost' })
    return status.conditions?.find(({ type }) => type === 'Dangling')
  })
  assert.equal(condition.status, 'True')
  assert.equal(
    condition.message,
    'This FlowSchema references the PriorityLevelConfiguration object named "none" but there is no such object',
  )
  const fine = await eventually(async () => {
    const { status } = await client.get(FlowSchema, { name: 'probes' })
    return status.conditions?.find(({ type }) => type === 'Dangling')
  })
  assert.deepEqual([fine.status, fine.reason], ['False', 'Found'])
})

test('whether its level exists is said of a FlowSchema once, not with every change of any', async (t) => {
  let calls = 0
  const count: Stage = (next) => (call) => {
    const { resource, subresource } = call.request
    if (resource === 'flowschemas' && subresource === 'status') calls += 1
    return next(call)
  }
  const api = await startSecureTestServer({ access: { stages: [count] } })
  t.after(() => api[Symbol.asyncDispose]())
  const known = await eventually(async () => {
    const { items } = await api.client().list(FlowSchema)
    return items.every(({ status }) => status.conditions?.[0]?.status === 'False') && items.length
  })
  // Some may be said to have no level before their level is there.
  assert.ok(calls <= 2 * known, `${calls} calls for ${known} schemas`)
})

test('mandatory objects come back when somebody deletes them, others stay away', async (t) => {
  const { client } = await secureServer(t)
  const before = await client.get(FlowSchema, { name: 'catch-all' })
  await client.delete(FlowSchema, { name: 'probes' })
  await client.delete(FlowSchema, { name: 'catch-all' })
  const after = await eventually(async () => {
    const { items } = await client.list(FlowSchema)
    return items.find(({ metadata }) => metadata.name === 'catch-all')
  })
  assert.notEqual(after.metadata.uid, before.metadata.uid)
  const { items } = await client.list(FlowSchema)
  assert.ok(!items.some(({ metadata }) => metadata.name === 'probes'))
})

test('what an earlier release suggested goes away, unless somebody has made it theirs', async () => {
  await using api = await startSecureTestServer()
  const client = api.client()
  const { spec } = await client.get(FlowSchema, { name: 'global-default' })
  const create = (name: string, annotations: Record<string, string>): Promise<unknown> =>
    client.create(FlowSchema, { metadata: { name, annotations }, spec })
  await create('workload-leader-election', { [AUTOUPDATE]: 'true' })
  await create('endpoint-controller', { [AUTOUPDATE]: 'false' })
  await create('mine', {})
  await using _next = await startSecureTestServer({ store: api.store })
  const { items } = await client.list(FlowSchema)
  const names = items.map(({ metadata }) => metadata.name)
  assert.ok(!names.includes('workload-leader-election'))
  assert.ok(names.includes('endpoint-controller') && names.includes('mine'))
})

// As test/e2e/apimachinery/flowcontrol.go does.
test('requests are classified by a FlowSchema and a PriorityLevelConfiguration that were just created', async (t) => {
  const { client, ask } = await secureServer(t)
  const level = await client.create(PriorityLevelConfiguration, {
    metadata: { name: 'mine' },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } },
    },
  })
  const schema = await client.create(FlowSchema, {
    metadata: { name: 'mine' },
    spec: {
      priorityLevelConfiguration: { name: 'mine' },
      matchingPrecedence: 1000,
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'noxu' } }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        },
      ],
    },
  })
  await eventually(async () => {
    const { status, headers } = await ask('/version', { 'impersonate-user': 'noxu' })
    assert.equal(status, 200)
    assert.equal(headers['x-kubernetes-pf-flowschema-uid'], schema.metadata.uid)
    assert.equal(headers['x-kubernetes-pf-prioritylevel-uid'], level.metadata.uid)
    return true
  })
})

test('the dumps of flow control have upstream columns', async (t) => {
  const { ask } = await secureServer(t)
  const dump = async (name: string): Promise<readonly string[]> => {
    const { status, body } = await ask(`/debug/api_priority_and_fairness/${name}`)
    assert.equal(status, 200)
    return body.toString().split('\n')
  }
  const levels = await dump('dump_priority_levels')
  assert.match(levels[0]!, /^PriorityLevelName, +ActiveQueues, +IsIdle, +IsQuiescing, /)
  assert.match(
    levels.find((line) => line.startsWith('catch-all,'))!,
    /, +true, +false, +0, +0, /,
  )
  const queues = await dump('dump_queues')
  assert.match(queues[0]!, /^PriorityLevelName, +Index, +PendingRequests, /)
  assert.equal(queues.filter((line) => line.startsWith('leader-election,')).length, 16)
  const requests = await dump('dump_requests?includeRequestDetails=1')
  assert.match(requests[0]!, /StartTime, +UserName, +Verb, +APIPath, /)
  // The request for the dump itself.
  assert.match(requests[1]!, /^exempt, +exempt, +-1, +-1, /)
  assert.ok(requests[1]!.includes('/debug/api_priority_and_fairness/dump_requests'))
})
