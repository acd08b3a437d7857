import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../src/api/core/v1/persistent-volume.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { VolumeAttributesClass } from '../../src/api/storage/v1/volume-attributes-class.ts'
import { isNotFound } from '../../src/apimachinery/status-predicates.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { CSI_NODE } from '../../src/kubelet/csi/node-methods.ts'
import { isRunning, shell } from '../conformance/node/node-suite.node.ts'
import { whyNoNodeCluster } from '../kubelet/node-cluster.node.ts'
import { CSI_CONTROLLER } from './controller-messages.ts'
import { counted, csiSuite, MOUNTED, OF_CLAIM, STAGED } from './csi-suite.node.ts'
import { startResizer } from './resizer.node.ts'

const skip = await whyNoNodeCluster()
const MIB = 1024 ** 2
const GIB = 1024 * MIB
const about = { attachRequired: false }
const GROWING = [...STAGED, 'EXPAND_VOLUME'] as const

describe('volumes that change while they are used', { skip, concurrency: 3 }, () => {
  const suite = csiSuite()

  const starting = (namespace: string, name = 'p', spec = {}): Promise<Pod> =>
    suite().run(namespace, shell(name, 'sleep 1000', MOUNTED, { volumes: OF_CLAIM, ...spec }))
  const running = async (namespace: string, name = 'p', spec = {}): Promise<Pod> => {
    return suite().until(await starting(namespace, name, spec), isRunning)
  }
  const claimOf = (namespace: string) =>
    suite().client.get(PersistentVolumeClaim, { namespace, name: 'data' })
  const ask = (namespace: string, spec: object) =>
    suite().client.patch(PersistentVolumeClaim, { namespace, name: 'data' }, 'merge', { spec })
  const grow = (namespace: string, storage: string) =>
    ask(namespace, { resources: { requests: { storage } } })
  /** The agent looks once a minute, and at each change of the Pod. */
  const look = ({ metadata }: Pod, time: string) =>
    suite().client.patch(Pod, metadata, 'merge', { metadata: { labels: { look: time } } })
  const step = async (namespace: string, wanted: string | undefined) =>
    eventually(async () => {
      const { status } = await claimOf(namespace)
      assert.equal(status.allocatedResourceStatuses?.['storage'], wanted)
      return status
    })

  test('one grows step by step, and its Pod and its claim are told', async () => {
    const { transport, node, nodeName } = suite()
    const namespace = await suite().namespace('csi-steps')
    await using d = await suite().driver('steps', about, { capabilities: ['EXPAND_VOLUME'] })
    await using _resizer = startResizer(transport, node.dataDir, d.name)
    const { metadata } = await suite().claim(namespace, d.name)
    const pod = await running(namespace)
    await grow(namespace, '2Gi')
    const pending = await step(namespace, 'NodeResizePending')
    assert.equal(pending.capacity?.['storage'], '1Gi')
    await look(pod, '1')
    const grown = await step(namespace, undefined)
    assert.deepEqual(grown.capacity, { storage: '2Gi' })
    assert.deepEqual(grown.conditions ?? [], [])
    assert.deepEqual(grown.allocatedResources, { storage: '2Gi' })
    const [request] = d.requests(CSI_NODE.expand)
    assert.equal(request?.capacityRange?.requiredBytes, 2 * GIB)
    assert.equal(d.requests(CSI_CONTROLLER.expandVolume).length, 1)
    const { message } = await suite().untilTold(pod, 'FileSystemResizeSuccessful')
    assert.equal(
      message,
      `MountVolume.NodeExpandVolume succeeded for volume "pvc-${metadata.uid}" ${nodeName}`,
    )
    await suite().remove(pod)
  })

  test('one that grew while no Pod had it grows on the node before the next Pod starts', async () => {
    const { client, transport, node } = suite()
    const namespace = await suite().namespace('csi-unused')
    await using d = await suite().driver('unused', about, { capabilities: GROWING })
    await using _resizer = startResizer(transport, node.dataDir, d.name)
    await suite().claim(namespace, d.name)
    await suite().remove(await running(namespace, 'before'))
    await counted(d, { stage: 1, publish: 1, unpublish: 1, unstage: 1 })
    await grow(namespace, '1500Mi')
    await step(namespace, 'NodeResizePending')
    const { metadata } = await claimOf(namespace)
    const volume = await client.get(PersistentVolume, { name: `pvc-${metadata.uid}` })
    assert.equal(volume.spec.capacity?.['storage'], '2Gi') // The driver made more of it.
    d.setFailure('expand', 'not yet')
    const pod = await starting(namespace, 'after')
    const { message } = await suite().untilTold(pod, 'FailedMount')
    assert.match(
      message ?? '',
      /^MountVolume\.Setup failed while expanding volume for volume "pvc-.*" : Expander\.NodeExpand failed to expand the volume: rpc error: code = Internal desc = not yet$/,
    )
    d.setFailure('expand', undefined)
    await suite().until(pod, isRunning)
    // Before the Pod's containers started.
    const { capacity, conditions = [] } = (await claimOf(namespace)).status
    assert.deepEqual([capacity, conditions], [{ storage: '1500Mi' }, []])
    for (const { capacityRange } of d.requests(CSI_NODE.expand))
      assert.equal(capacityRange?.requiredBytes, 1500 * MIB)
    assert.equal(d.counts()['stage'], 2)
    await suite().remove(pod)
  })

  test('one that grew while it was staged alone grows after it is published', async () => {
    const { transport, node } = suite()
    const namespace = await suite().namespace('csi-staged')
    await using d = await suite().driver('staged-grown', about, { capabilities: GROWING })
    await using _resizer = startResizer(transport, node.dataDir, d.name)
    await suite().claim(namespace, d.name)
    d.setFailure('publish', 'not yet')
    const pod = await starting(namespace)
    await suite().untilTold(pod, 'FailedMount')
    await grow(namespace, '2Gi')
    await step(namespace, 'NodeResizePending')
    d.setFailure('publish', undefined)
    await suite().until(pod, isRunning)
    // It may have been on its way when the volume grew.
    await look(pod, '1')
    const { capacity } = await step(namespace, undefined)
    assert.deepEqual(capacity, { storage: '2Gi' })
    assert.deepEqual(Object.keys(d.counts()), ['stage', 'publish', 'expand'])
    const [request, ...more] = d.requests(CSI_NODE.expand)
    assert.match(request?.volumePath ?? '', /\/volumes\/kubernetes\.io~csi\/.*\/mount$/)
    assert.match(request?.stagingTargetPath ?? '', /\/globalmount$/)
    assert.deepEqual(more, [])
    await suite().remove(pod)
  })

  test('what the driver cannot do on the node ends there, until somebody asks for less', async () => {
    const { transport, node } = suite()
    const namespace = await suite().namespace('csi-infeasible')
    await using d = await suite().driver('infeasible', about, { capabilities: ['EXPAND_VOLUME'] })
    await using _resizer = startResizer(transport, node.dataDir, d.name)
    await suite().claim(namespace, d.name)
    const pod = await running(namespace)
    d.setFailure('expand', 'too large', 'OutOfRange')
    await grow(namespace, '4Gi')
    await step(namespace, 'NodeResizePending')
    await look(pod, '1')
    const failed = await step(namespace, 'NodeResizeInfeasible')
    const { message } = failed.conditions!.find(({ type }) => type === 'NodeResizeError')!
    assert.equal(
      message,
      'failed to expand pvc with Expander.NodeExpand failed to expand the volume rpc error: code = OutOfRange desc = too large',
    )
    assert.match(
      (await suite().untilTold(pod, 'VolumeResizeFailed')).message ?? '',
      /^NodeExpandVolume\.NodeExpandVolume failed for volume "pvc-.*" : Expander\.NodeExpand failed/,
    )
    // The claim may give up what it has not got (KEP-1790), but nothing of what it has.
    await grow(namespace, '3Gi')
    await assert.rejects(grow(namespace, '512Mi'), /field can not be less than status.capacity/)
    await suite().remove(pod)
  })

  test('one gets other attributes, and its volume and its claim say so', async () => {
    const { client, transport, node } = suite()
    const namespace = await suite().namespace('csi-attributes')
    await using d = await suite().driver('attributes', about)
    await using _resizer = startResizer(transport, node.dataDir, d.name)
    for (const name of ['silver', 'gold'])
      await client.create(VolumeAttributesClass, {
        metadata: { name },
        driverName: d.name,
        parameters: { metal: name },
      })
    const spec = { volumeAttributesClassName: 'silver' }
    const { metadata } = await suite().claim(namespace, d.name, spec)
    const pod = await running(namespace)
    const [created] = d.requests(CSI_CONTROLLER.createVolume)
    assert.deepEqual(created?.mutableParameters, { metal: 'silver' })
    assert.equal((await claimOf(namespace)).status.currentVolumeAttributesClassName, 'silver')
    await ask(namespace, { volumeAttributesClassName: 'gold' })
    await eventually(async () => {
      const { status } = await claimOf(namespace)
      return status.currentVolumeAttributesClassName === 'gold' && !status.modifyVolumeStatus
    })
    const asked = d.requests(CSI_CONTROLLER.modifyVolume).at(-1)
    assert.deepEqual(asked?.mutableParameters, { metal: 'gold' })
    const volume = await client.get(PersistentVolume, { name: `pvc-${metadata.uid}` })
    assert.equal(volume.spec.volumeAttributesClassName, 'gold')
    await suite().remove(pod)
  })

  test('a volume for one Pod is refused to another that bypasses the scheduler', async () => {
    const namespace = await suite().namespace('csi-single')
    await using d = await suite().driver('single', about)
    await suite().claim(namespace, d.name, { accessModes: ['ReadWriteOncePod'] })
    const first = await running(namespace, 'first')
    const waiting = await starting(namespace, 'second', { nodeName: suite().nodeName })
    const { message } = await suite().untilTold(waiting, 'FailedMount')
    assert.match(
      message ?? '',
      /^MountVolume\.SetUp failed for volume "pvc-.*" : volume uses the ReadWriteOncePod access mode and is already in use by another pod$/,
    )
    await suite().remove(first)
    await suite().until(waiting, isRunning)
    await suite().remove(waiting)
  })

  test('labels of SELinux mean nothing to mounts where the node has no SELinux', async () => {
    const namespace = await suite().namespace('csi-labels')
    await using d = await suite().driver('labels', { ...about, seLinuxMount: true })
    await suite().claim(namespace, d.name, { accessModes: ['ReadWriteOncePod'] })
    const seLinuxOptions = { level: 's0:c1,c2' }
    const securityContext = { seLinuxOptions, seLinuxChangePolicy: 'MountOption' }
    const pod = await running(namespace, 'p', { securityContext })
    const [request] = d.requests(CSI_NODE.publish)
    assert.deepEqual(request?.volumeCapability?.mount?.mountFlags, [])
    await suite().remove(pod)
  })

  test('a volume that nobody claims any more is removed, by the driver first', async () => {
    const { client } = suite()
    const namespace = await suite().namespace('csi-removed')
    await using d = await suite().driver('removed', about)
    const { metadata } = await suite().claim(namespace, d.name)
    const pod = await running(namespace)
    await client.delete(PersistentVolumeClaim, metadata)
    // Until its Pod has ended.
    assert.ok((await claimOf(namespace)).metadata.deletionTimestamp)
    assert.equal(d.requests(CSI_CONTROLLER.deleteVolume).length, 0)
    await suite().remove(pod)
    await eventually(async () => {
      try {
        await client.get(PersistentVolume, { name: `pvc-${metadata.uid}` })
        return false
      } catch (error) {
        return isNotFound(error)
      }
    })
    assert.ok(d.requests(CSI_CONTROLLER.deleteVolume).length > 0)
  })
})
