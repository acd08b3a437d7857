import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kubernetesFeatures } from '../api/features.ts'
import { servedResources } from '../api/served-resources.ts'
import { ResourceCalls, startTestServer, statusWith } from './testing.node.ts'

const OBJECT = { kind: 'Pod', namespace: 'default', name: 'p' }

test('an object is served in each version of its kind', async () => {
  await using api = await startTestServer()
  const v1 = new ResourceCalls(
    api.transport,
    'autoscaling/v1',
    'horizontalpodautoscalers',
    'default',
  )
  const v2 = new ResourceCalls(
    api.transport,
    'autoscaling/v2',
    'horizontalpodautoscalers',
    'default',
  )
  const scaleTargetRef = { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' }
  const spec = { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 50 }
  const created = await v1.create({ metadata: { name: 'a' }, spec })
  assert.equal(created.apiVersion, 'autoscaling/v1')
  assert.deepEqual(created['spec'], { ...spec, minReplicas: 1 })
  const newer = await v2.get('a')
  assert.equal(newer.apiVersion, 'autoscaling/v2')
  assert.equal(newer.metadata.resourceVersion, created.metadata.resourceVersion)
  assert.deepEqual((newer['spec'] as { metrics: unknown }).metrics, [
    {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
    },
  ])
  await v2.patch('a', { spec: { maxReplicas: 5 } })
  const { items } = await v1.list()
  assert.equal((items[0]!['spec'] as typeof spec).maxReplicas, 5)
})

test('an Event of one group is seen in the other', async () => {
  await using api = await startTestServer()
  const core = new ResourceCalls(api.transport, 'v1', 'events', 'default')
  const events = new ResourceCalls(api.transport, 'events.k8s.io/v1', 'events', 'default')
  const watching = events.watch({ resourceVersion: String(await api.store.revision()) }, (seen) => {
    return seen.length === 1
  })
  await core.create({
    metadata: { name: 'e' },
    involvedObject: OBJECT,
    reason: 'Started',
    message: 'hello',
    type: 'Normal',
  })
  assert.deepEqual(await watching, ['ADDED e'])
  const seen = await events.get('e')
  assert.equal(seen['note'], 'hello')
  assert.deepEqual(seen['regarding'], OBJECT)
})

test('a claim of a beta version is stored and served as one of version 1', async () => {
  const served = await servedResources({ 'resource.k8s.io/v1beta1': true })
  await using api = await startTestServer({ served })
  const beta = new ResourceCalls(
    api.transport,
    'resource.k8s.io/v1beta1',
    'resourceclaims',
    'default',
  )
  const stable = new ResourceCalls(api.transport, 'resource.k8s.io/v1', 'resourceclaims', 'default')
  const exactly = { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 }
  const requests = [{ name: 'a', deviceClassName: 'gpu' }]
  const created = await beta.create({ metadata: { name: 'c' }, spec: { devices: { requests } } })
  assert.deepEqual(created['spec'], { devices: { requests: [{ name: 'a', ...exactly }] } })
  const { spec } = await stable.get('c')
  assert.deepEqual(spec, { devices: { requests: [{ name: 'a', exactly }] } })
})

test('a version is served although the one that is stored is not', async () => {
  const features = kubernetesFeatures({ CoordinatedLeaderElection: true })
  const served = await servedResources({ 'coordination.k8s.io/v1alpha2': true }, features)
  await using api = await startTestServer({ served, features })
  const calls = new ResourceCalls(
    api.transport,
    'coordination.k8s.io/v1alpha2',
    'leasecandidates',
    'default',
  )
  const spec = {
    leaseName: 'scheduler',
    binaryVersion: '1.36.0',
    emulationVersion: '1.36.0',
    strategy: 'OldestEmulationVersion',
  }
  const created = await calls.create({ metadata: { name: 'a' }, spec })
  assert.equal(created.apiVersion, 'coordination.k8s.io/v1alpha2')
  const { items } = await calls.list()
  assert.deepEqual(items[0]!['spec'], spec)
  await assert.rejects(
    calls.patch('a', { spec: { leaseName: 'other' } }),
    statusWith({ code: 422, reason: 'Invalid' }),
  )
  await assert.rejects(
    new ResourceCalls(api.transport, 'coordination.k8s.io/v1beta1', 'leasecandidates').list(),
    statusWith({ code: 404 }),
  )
})
