import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Pod } from '../../api/core/v1/pod.ts'
import { consumerReference } from '../../api/resource/pod-claims.ts'
import { ResourceClaim } from '../../api/resource/v1/resource-claim.ts'
import { ResourceSlice } from '../../api/resource/v1/resource-slice.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { podTemplate } from '../testing.ts'
import { deviceTaintEvictionController, evictionMs } from './device-taint-eviction-controller.ts'

const taint = { key: 'broken', effect: 'NoExecute' as const, timeAdded: '2026-01-01T00:00:00Z' }
const addedMs = Date.parse(taint.timeAdded)
const tolerating = (tolerationSeconds?: number) => ({
  key: 'broken',
  operator: 'Exists' as const,
  ...(tolerationSeconds !== undefined && { tolerationSeconds }),
})

test('evictionMs() gives the earliest time at which a taint is no longer tolerated', () => {
  assert.equal(evictionMs([]), undefined)
  assert.equal(
    evictionMs([{ taint: { ...taint, effect: 'NoSchedule' }, tolerations: [] }]),
    undefined,
  )
  assert.equal(evictionMs([{ taint, tolerations: [] }]), addedMs)
  assert.equal(evictionMs([{ taint, tolerations: [tolerating()] }]), undefined)
  const tolerations = [tolerating(30), tolerating(10)]
  assert.equal(evictionMs([{ taint, tolerations }]), addedMs + 10_000)
})

test('a Pod goes when its device gets a taint that its claim does not tolerate', async () => {
  await using cluster = await testCluster([deviceTaintEvictionController(undefined)])
  const { client } = cluster
  const metadata = { namespace: 'default', name: 'web' }
  const pod = await client.create(Pod, {
    metadata: { ...metadata, finalizers: ['example.com/stay'] },
    spec: podTemplate('web').spec,
  })
  const claim = await client.create(ResourceClaim, {
    metadata,
    spec: { devices: { requests: [{ name: 'one', exactly: { deviceClassName: 'gpu' } }] } },
  })
  const place = { driver: 'gpu.example.com', pool: 'a', device: 'x' }
  await client.updateStatus(ResourceClaim, {
    ...claim,
    status: {
      allocation: { devices: { results: [{ request: 'one', ...place }] } },
      reservedFor: [consumerReference(pod)],
    },
  })
  const slice = await client.create(ResourceSlice, {
    metadata: { name: 'a' },
    spec: {
      driver: place.driver,
      nodeName: 'a',
      pool: { name: 'a', generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'x' }],
    },
  })
  await cluster.settle()
  assert.equal((await client.get(Pod, metadata)).metadata.deletionTimestamp, undefined)
  const devices = [{ name: 'x', taints: [{ key: 'broken', effect: 'NoExecute' as const }] }]
  await client.update(ResourceSlice, { ...slice, spec: { ...slice.spec, devices } })
  await cluster.settle()
  const gone = await client.get(Pod, metadata)
  assert.notEqual(gone.metadata.deletionTimestamp, undefined)
  const condition = gone.status.conditions?.find(({ type }) => type === 'DisruptionTarget')
  assert.equal(condition?.reason, 'DeletionByDeviceTaintManager')
})
