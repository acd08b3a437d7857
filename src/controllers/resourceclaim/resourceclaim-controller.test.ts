import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Pod } from '../../api/core/v1/pod.ts'
import { CLAIM_FINALIZER, consumerReference } from '../../api/resource/pod-claims.ts'
import { ResourceClaimTemplate } from '../../api/resource/v1/resource-claim-template.ts'
import { ResourceClaim } from '../../api/resource/v1/resource-claim.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { podTemplate } from '../testing.ts'
import { claimNameBase } from './claim-name.ts'
import { resourceClaimController } from './resourceclaim-controller.ts'

const namespace = 'default'
const spec = { devices: { requests: [{ name: 'one', exactly: { deviceClassName: 'gpu' } }] } }

function pod(name: string, entry: object) {
  const resourceClaims = [{ name: 'gpu', ...entry }]
  return { metadata: { namespace, name }, spec: { ...podTemplate(name).spec, resourceClaims } }
}

async function claimsIn({ client }: TestCluster): Promise<readonly ResourceClaim[]> {
  return (await client.list(ResourceClaim, { namespace })).items
}

test('a Pod gets a claim from its template, once, and is told its name', async () => {
  await using cluster = await testCluster([resourceClaimController])
  const { client } = cluster
  const owner = await client.create(Pod, pod('web', { resourceClaimTemplateName: 'one' }))
  await cluster.settle()
  const message =
    'PodResourceClaim gpu: resource claim template "one": resourceclaimtemplate.resource.k8s.io "one" not found'
  assert.ok((await cluster.events()).includes(`FailedResourceClaimCreation ${message}`))
  await client.create(ResourceClaimTemplate, {
    metadata: { namespace, name: 'one' },
    spec: { metadata: { labels: { a: 'b' } }, spec },
  })
  await cluster.settle()
  const [claim, ...more] = await claimsIn(cluster)
  assert.deepEqual(more, [])
  assert.match(claim!.metadata.name, /^web-gpu-.{5}$/)
  assert.deepEqual(claim!.metadata.labels, { a: 'b' })
  assert.equal(controllerOf(claim!)?.uid, owner.metadata.uid)
  const { status } = await client.get(Pod, owner.metadata)
  assert.deepEqual(status.resourceClaimStatuses, [
    { name: 'gpu', resourceClaimName: claim!.metadata.name },
  ])
})

test('devices are given back when the last Pod is gone that used them', async () => {
  await using cluster = await testCluster([resourceClaimController])
  const { client } = cluster
  const users = await Promise.all(
    ['a', 'b'].map((name) => client.create(Pod, pod(name, { resourceClaimName: 'shared' }))),
  )
  const claim = await client.create(ResourceClaim, {
    metadata: { namespace, name: 'shared', finalizers: [CLAIM_FINALIZER] },
    spec,
  })
  const results = [{ request: 'one', driver: 'gpu.example.com', pool: 'a', device: 'x' }]
  await client.updateStatus(ResourceClaim, {
    ...claim,
    status: { allocation: { devices: { results } }, reservedFor: users.map(consumerReference) },
  })
  await cluster.settle()
  await client.delete(Pod, users[0]!.metadata, { gracePeriodSeconds: 0 })
  await cluster.settle()
  const half = await client.get(ResourceClaim, claim.metadata)
  assert.deepEqual(
    half.status.reservedFor?.map(({ name }) => name),
    ['b'],
  )
  assert.ok(half.status.allocation)
  await client.delete(Pod, users[1]!.metadata, { gracePeriodSeconds: 0 })
  await cluster.settle()
  const free = await client.get(ResourceClaim, claim.metadata)
  assert.deepEqual(free.status, {})
  assert.equal(free.metadata.finalizers, undefined)
})

test('a claim of a Pod goes when that has ended', async () => {
  await using cluster = await testCluster([resourceClaimController])
  const { client } = cluster
  await client.create(ResourceClaimTemplate, {
    metadata: { namespace, name: 'one' },
    spec: { spec },
  })
  const owner = await client.create(Pod, pod('job', { resourceClaimTemplateName: 'one' }))
  await cluster.settle()
  assert.equal((await claimsIn(cluster)).length, 1)
  const { status, ...rest } = await client.get(Pod, owner.metadata)
  await client.updateStatus(Pod, { ...rest, status: { ...status, phase: 'Succeeded' } })
  await cluster.settle()
  assert.deepEqual(await claimsIn(cluster), [])
})

test('claimNameBase() cuts long names by their share', () => {
  assert.equal(claimNameBase('web', 'gpu'), 'web-gpu-')
  const cut = claimNameBase('p'.repeat(100), 'c'.repeat(50))
  assert.match(cut, /^p+-c+$/)
  assert.ok(cut.length <= 58)
})
