import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusWith } from '../../testing.node.ts'
import { podTests, type PodTests } from './testing-pods.node.ts'

type List = Readonly<Record<string, string>>

/** A quota as a controller has left it. */
async function withQuota(hard: List, spec: object = {}, used?: List): Promise<PodTests> {
  const tests = await podTests()
  const quotas = tests.api.calls('v1', 'resourcequotas', 'default')
  await quotas.create({ metadata: { name: 'q' }, spec: { hard, ...spec } })
  const zero = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']))
  await quotas.patch('q', { status: { hard, used: used ?? zero } }, { subresource: 'status' })
  return tests
}

async function usedIn({ api }: PodTests): Promise<unknown> {
  const { status } = await api.calls('v1', 'resourcequotas', 'default').get('q')
  return (status as { readonly used: unknown }).used
}

const needing = (cpu: string): object => ({
  containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }],
})

test('what is admitted is added to the quota, and what does not fit is refused', async () => {
  await using tests = await withQuota({ pods: '2', 'requests.cpu': '1' })
  await tests.create(needing('600m'))
  assert.deepEqual(await usedIn(tests), { pods: '1', 'requests.cpu': '600m' })
  assert.equal(
    await tests.refusal(needing('500m')),
    'pods "p" is forbidden: exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1',
  )
  await tests.create(needing('400m'))
  assert.equal(
    await tests.refusal(needing('100m')),
    'pods "p" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=100m, used: pods=2,requests.cpu=1, limited: pods=2,requests.cpu=1',
  )
})

test('of many at once only as many come in as fit', async () => {
  await using tests = await withQuota({ pods: '3' })
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => tests.create()))
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 3)
  assert.deepEqual(await usedIn(tests), { pods: '3' })
})

test('a dry run costs nothing', async () => {
  await using tests = await withQuota({ pods: '3' })
  const body = { metadata: { name: 'dry' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  await tests.api.calls('v1', 'pods', 'default').create(body, { options: { dryRun: ['All'] } })
  assert.deepEqual(await usedIn(tests), { pods: '0' })
})

test('a Pod must say what it needs of what is limited', async () => {
  await using tests = await withQuota({ 'limits.cpu': '1', 'requests.memory': '1Gi' })
  assert.equal(
    await tests.refusal({ ...needing('1'), initContainers: [{ name: 'i', image: 'i' }] }),
    'pods "p" is forbidden: failed quota: q: must specify limits.cpu for: c,i; requests.memory for: c,i',
  )
})

test('what no controller has counted yet cannot be given out', async () => {
  await using tests = await withQuota({ pods: '1' }, {}, {})
  assert.equal(
    await tests.refusal(),
    'pods "p" is forbidden: status unknown for quota: q, resources: pods',
  )
})

test('a quota that no controller has seen yet bounds nothing', async () => {
  await using tests = await podTests()
  const quotas = tests.api.calls('v1', 'resourcequotas', 'default')
  await quotas.create({ metadata: { name: 'q' }, spec: { hard: { pods: '0' } } })
  await tests.create()
})

const scopeCases: readonly (readonly [string, object, object, boolean])[] = [
  ['Terminating', {}, { activeDeadlineSeconds: 1 }, true],
  ['Terminating', {}, {}, false],
  ['NotTerminating', {}, {}, true],
  ['BestEffort', {}, {}, true],
  ['BestEffort', {}, needing('1'), false],
  ['NotBestEffort', {}, needing('1'), true],
  [
    'PriorityClass',
    { operator: 'In', values: ['system-node-critical'] },
    { priorityClassName: 'system-node-critical' },
    true,
  ],
  ['PriorityClass', { operator: 'In', values: ['system-node-critical'] }, {}, false],
]

for (const [scopeName, more, spec, counted] of scopeCases) {
  test(`scope ${scopeName} ${counted ? 'counts' : 'leaves out'} ${JSON.stringify(spec)}`, async () => {
    const matchExpressions = [{ scopeName, operator: 'Exists', ...more }]
    await using tests = await withQuota({ pods: '9' }, { scopeSelector: { matchExpressions } })
    await tests.create(spec)
    assert.deepEqual(await usedIn(tests), { pods: counted ? '1' : '0' })
  })
}

test('objects of any kind are counted', async () => {
  await using tests = await withQuota({
    configmaps: '1',
    'count/deployments.apps': '0',
    'count/leases.coordination.k8s.io': '1',
  })
  const maps = tests.api.calls('v1', 'configmaps', 'default')
  await maps.create({ metadata: { name: 'a' } })
  await assert.rejects(
    maps.create({ metadata: { name: 'b' } }),
    statusWith({
      code: 403,
      message:
        'configmaps "b" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=1, limited: configmaps=1',
    }),
  )
  await maps.patch('a', { data: { x: 'y' } })
  const leases = tests.api.calls('coordination.k8s.io/v1', 'leases', 'default')
  await leases.create({ metadata: { name: 'l' } })
  assert.deepEqual(await usedIn(tests), {
    configmaps: '1',
    'count/deployments.apps': '0',
    'count/leases.coordination.k8s.io': '1',
  })
})

test('a Service that changes counts by the difference', async () => {
  await using tests = await withQuota({ services: '5', 'services.nodeports': '1' })
  const services = tests.api.calls('v1', 'services', 'default')
  const ports = [{ name: 'a', port: 80 }]
  await services.create({ metadata: { name: 's' }, spec: { ports, selector: { a: 'b' } } })
  await services.patch('s', { spec: { type: 'NodePort' } })
  assert.deepEqual(await usedIn(tests), { services: '1', 'services.nodeports': '1' })
  await assert.rejects(
    services.patch('s', { spec: { ports: [...ports, { name: 'b', port: 81 }] } }),
    statusWith({
      code: 403,
      message:
        /exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1$/,
    }),
  )
  // What it gives back, a controller counts: this update may still fail.
  await services.patch('s', { spec: { type: 'ClusterIP' } })
  assert.deepEqual(await usedIn(tests), { services: '1', 'services.nodeports': '1' })
})

test('claims count by their size, also by class', async () => {
  const ofClass = 'fast.storageclass.storage.k8s.io/requests.storage'
  await using tests = await withQuota({ 'requests.storage': '10Gi', [ofClass]: '3Gi' })
  const claims = tests.api.calls('v1', 'persistentvolumeclaims', 'default')
  const claim = (name: string, storage: string): object => ({
    metadata: { name },
    spec: {
      storageClassName: 'fast',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage } },
    },
  })
  await claims.create(claim('a', '2Gi'))
  await assert.rejects(
    claims.create(claim('b', '2Gi')),
    statusWith({
      code: 403,
      message: /used: fast.storageclass.storage.k8s.io\/requests.storage=2Gi/,
    }),
  )
  assert.deepEqual(await usedIn(tests), { 'requests.storage': '2Gi', [ofClass]: '2Gi' })
})
