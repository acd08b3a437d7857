import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Event } from '../../api/core/v1/event.ts'
import { Node } from '../../api/core/v1/node.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { CSIDriver } from '../../api/storage/v1/csi-driver.ts'
import { VolumeAttachment } from '../../api/storage/v1/volume-attachment.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { MetricSet } from '../../base/metrics.ts'
import { controllerMetrics } from '../../controller-runtime/metrics.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { podTemplate } from '../testing.ts'
import { attachDetachController } from './attach-detach-controller.ts'

const UNIQUE = 'kubernetes.io/csi/disk.example.com^handle-1'

async function setUp(accessMode: 'ReadWriteOnce' | 'ReadWriteMany' = 'ReadWriteOnce') {
  const metrics = new MetricSet()
  const cluster = await testCluster([attachDetachController({ crypto: nodeCrypto() })], {
    controllerMetrics: controllerMetrics(metrics),
  })
  const { client } = cluster
  const resources = { requests: { storage: '1Gi' } }
  const claim = await client.create(PersistentVolumeClaim, {
    metadata: { namespace: 'default', name: 'data' },
    spec: { accessModes: [accessMode], resources, volumeName: 'pv', storageClassName: '' },
  })
  const { namespace, name, uid } = claim.metadata
  await client.create(PersistentVolume, {
    metadata: { name: 'pv' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: [accessMode],
      csi: { driver: 'disk.example.com', volumeHandle: 'handle-1' },
      claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid },
    },
  })
  for (const node of ['n1', 'n2']) await createNode(cluster, node)
  await cluster.settle()
  return Object.assign(cluster, { metrics })
}

const linesOf = async (metrics: MetricSet, name: string) =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith(name))

async function createNode({ client }: TestCluster, name: string): Promise<void> {
  const annotations = { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' }
  await client.create(Node, { metadata: { name, annotations } })
  await setReady(client, name, 'True')
}

async function setReady(client: TestCluster['client'], name: string, status: string) {
  const patch = { status: { conditions: [{ type: 'Ready', status }] } }
  await client.patch(Node, { name }, 'strategic', patch, { subresource: 'status' })
}

async function createPod({ client }: TestCluster, name: string, nodeName: string): Promise<Pod> {
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]
  return client.create(Pod, {
    metadata: { namespace: 'default', name },
    spec: { ...podTemplate(name).spec, nodeName, volumes },
  })
}

async function removePod(cluster: TestCluster, name: string): Promise<void> {
  await cluster.client.delete(Pod, { namespace: 'default', name }, { gracePeriodSeconds: 0 })
  await cluster.settle()
}

const attachments = async ({ client }: TestCluster) => (await client.list(VolumeAttachment)).items

/** Stands in for the driver: says of each attachment that it is done. */
async function playAttacher(cluster: TestCluster): Promise<void> {
  for (const attachment of await attachments(cluster)) {
    await cluster.client.updateStatus(VolumeAttachment, {
      ...attachment,
      status: { attached: true },
    })
  }
  await cluster.settle()
}

async function setInUse({ client }: TestCluster, name: string, isInUse: boolean): Promise<void> {
  const patch = { status: { volumesInUse: isInUse ? [UNIQUE] : null } }
  await client.patch(Node, { name }, 'merge', patch, { subresource: 'status' })
}

const attachedTo = async ({ client }: TestCluster, name: string) =>
  ((await client.get(Node, { name })).status.volumesAttached ?? []).map((each) => each.name)

test('a volume is attached where a Pod wants it, and the node and the Pod are told', async () => {
  await using cluster = await setUp()
  await createPod(cluster, 'a', 'n1')
  await cluster.settle()
  const [attachment, ...others] = await attachments(cluster)
  assert.deepEqual(others, [])
  assert.deepEqual(attachment!.spec, {
    attacher: 'disk.example.com',
    nodeName: 'n1',
    source: { persistentVolumeName: 'pv' },
  })
  // sha256 of handle, driver and node, as CSI sidecars compute it.
  assert.match(attachment!.metadata.name, /^csi-[0-9a-f]{64}$/)
  assert.deepEqual(await attachedTo(cluster, 'n1'), [])
  await playAttacher(cluster)
  assert.deepEqual(await attachedTo(cluster, 'n1'), [UNIQUE])
  const states = 'attachdetach_controller_total_volumes'
  const plugin = 'kubernetes.io/csi:disk.example.com'
  assert.deepEqual(await linesOf(cluster.metrics, states), [
    `${states}{plugin_name="${plugin}",state="desired_state_of_world"} 1`,
    `${states}{plugin_name="${plugin}",state="actual_state_of_world"} 1`,
  ])
  const inUse = 'storage_count_attachable_volumes_in_use'
  assert.deepEqual(await linesOf(cluster.metrics, inUse), [
    `${inUse}{node="n1",volume_plugin="${plugin}"} 1`,
  ])
  const message = 'SuccessfulAttachVolume AttachVolume.Attach succeeded for volume "pv" '
  assert.deepEqual(await cluster.events(), [message])
})

test('a volume is detached when its node does not use it any more', async () => {
  await using cluster = await setUp()
  await createPod(cluster, 'a', 'n1')
  await cluster.settle()
  await playAttacher(cluster)
  await setInUse(cluster, 'n1', true)
  await removePod(cluster, 'a')
  assert.equal((await attachments(cluster)).length, 1)
  await setInUse(cluster, 'n1', false)
  await cluster.settle()
  assert.deepEqual(await attachments(cluster), [])
  assert.deepEqual(await attachedTo(cluster, 'n1'), [])
})

test('a volume for one node waits until the other has given it back', async () => {
  await using cluster = await setUp()
  await createPod(cluster, 'a', 'n1')
  await cluster.settle()
  await playAttacher(cluster)
  await createPod(cluster, 'b', 'n2')
  await cluster.settle()
  assert.equal((await attachments(cluster)).length, 1)
  const message =
    'FailedAttachVolume Multi-Attach error for volume "pv" Volume is already used by pod(s) a'
  assert.ok((await cluster.events()).includes(message))
  await removePod(cluster, 'a')
  const nodes = (await attachments(cluster)).map(({ spec }) => spec.nodeName)
  assert.deepEqual(nodes, ['n2'])
})

test('two nodes never get a volume that is for one, whoever asks first', async () => {
  await using cluster = await setUp()
  await Promise.all([createPod(cluster, 'a', 'n1'), createPod(cluster, 'b', 'n2')])
  await cluster.settle()
  assert.equal((await attachments(cluster)).length, 1)
})

test('a Pod that is kept from its volume is told so, also where one before it was', async () => {
  await using cluster = await setUp()
  await createPod(cluster, 'a', 'n1')
  await cluster.settle()
  await playAttacher(cluster)
  const told: string[] = []
  for (const name of ['b', 'c']) {
    await createPod(cluster, name, 'n2')
    await cluster.settle()
    const { items } = await cluster.client.list(Event)
    const ofPod = items.filter(({ involvedObject }) => involvedObject.name === name)
    told.push(...ofPod.map(({ involvedObject, reason }) => `${involvedObject.name} ${reason}`))
    await removePod(cluster, name)
  }
  assert.deepEqual(told, ['b FailedAttachVolume', 'c FailedAttachVolume'])
})

test('a volume for many nodes is attached to each', async () => {
  await using cluster = await setUp('ReadWriteMany')
  await Promise.all([createPod(cluster, 'a', 'n1'), createPod(cluster, 'b', 'n2')])
  await cluster.settle()
  assert.equal((await attachments(cluster)).length, 2)
})

test('a node that is lost keeps a volume for six minutes, one that is out of service does not', async () => {
  await using cluster = await setUp()
  await createPod(cluster, 'a', 'n1')
  await cluster.settle()
  await playAttacher(cluster)
  await setInUse(cluster, 'n1', true)
  await setReady(cluster.client, 'n1', 'Unknown')
  await removePod(cluster, 'a')
  await cluster.clock.advance(350_000)
  assert.equal((await attachments(cluster)).length, 1)
  await cluster.clock.advance(20_000)
  assert.deepEqual(await attachments(cluster), [])

  await createPod(cluster, 'b', 'n2')
  await cluster.settle()
  await playAttacher(cluster)
  await setInUse(cluster, 'n2', true)
  await removePod(cluster, 'b')
  const taint = { key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }
  await cluster.client.patch(Node, { name: 'n2' }, 'merge', { spec: { taints: [taint] } })
  await cluster.settle()
  assert.deepEqual(await attachments(cluster), [])
  const name = 'attach_detach_controller_attachdetach_controller_forced_detaches'
  assert.deepEqual(await linesOf(cluster.metrics, name), [
    `${name}{reason="timeout"} 1`,
    `${name}{reason="out-of-service"} 1`,
  ])
})

test('what the driver could not do is told once', async () => {
  await using cluster = await setUp()
  await createPod(cluster, 'a', 'n1')
  await cluster.settle()
  const [attachment] = await attachments(cluster)
  const attachError = { time: '2026-01-01T00:00:00Z', message: 'no such disk' }
  await cluster.client.updateStatus(VolumeAttachment, {
    ...attachment!,
    status: { attached: false, attachError },
  })
  await cluster.settle()
  await setInUse(cluster, 'n1', true)
  await cluster.settle()
  const message = 'FailedAttachVolume AttachVolume.Attach failed for volume "pv" : no such disk'
  assert.deepEqual(await cluster.events(), [message])
})

test('drivers that attach nothing get no attachments, and nodes that attach by themselves are left alone', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await client.create(CSIDriver, {
    metadata: { name: 'disk.example.com' },
    spec: { attachRequired: false },
  })
  await cluster.settle()
  await createPod(cluster, 'a', 'n1')
  await cluster.settle()
  assert.deepEqual(await attachments(cluster), [])
  await client.delete(CSIDriver, { name: 'disk.example.com' })
  await client.create(Node, { metadata: { name: 'n3' } })
  await createPod(cluster, 'b', 'n3')
  await cluster.settle()
  const nodes = (await attachments(cluster)).map(({ spec }) => spec.nodeName)
  assert.ok(!nodes.includes('n3'))
})

test('a node that is gone loses its volumes', async () => {
  await using cluster = await setUp()
  await createPod(cluster, 'a', 'n1')
  await cluster.settle()
  await playAttacher(cluster)
  await setInUse(cluster, 'n1', true)
  await cluster.client.delete(Node, { name: 'n1' })
  await cluster.settle()
  assert.equal((await attachments(cluster)).length, 1)
  await removePod(cluster, 'a')
  assert.deepEqual(await attachments(cluster), [])
})
