import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Node } from '../../src/api/core/v1/node.ts'
import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../src/api/core/v1/persistent-volume.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { CSIDriver } from '../../src/api/storage/v1/csi-driver.ts'
import { VolumeAttachment } from '../../src/api/storage/v1/volume-attachment.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { CSI_NODE } from '../../src/kubelet/csi/node-methods.ts'
import { unmountBelow } from '../../src/kubelet/volumes/mounts.node.ts'
import { isRunning, once, restarts, shell } from '../conformance/node/node-suite.node.ts'
import { whyNoNodeCluster } from '../kubelet/node-cluster.node.ts'
import { testCsiDriver } from './csi-driver.node.ts'
import { counted, csiSuite, MOUNTED, OF_CLAIM, STAGED } from './csi-suite.node.ts'

const skip = await whyNoNodeCluster()

describe('CSI drivers', { skip, concurrency: 4 }, () => {
  const suite = csiSuite()

  test('a driver registers, and its node is told of', async () => {
    await using d = await suite().driver('registered', { attachRequired: false }, { volumesMax: 7 })
    const found = await eventually(async () =>
      (await suite().drivers()).find(({ name }) => name === d.name),
    )
    assert.deepEqual(found, {
      name: d.name,
      nodeID: `node-of-${d.name}`,
      topologyKeys: [`topology.${d.name}/zone`],
      allocatable: { count: 7 },
    })
    const { metadata } = await suite().client.get(Node, { name: suite().nodeName })
    assert.equal(metadata.labels?.[`topology.${d.name}/zone`], 'z1')
    const ids = JSON.parse(metadata.annotations!['csi.volume.kubernetes.io/nodeid']!) as object
    assert.equal((ids as Record<string, string>)[d.name], `node-of-${d.name}`)
    await d[Symbol.asyncDispose]()
    await eventually(async () => (await suite().drivers()).every(({ name }) => name !== d.name))
  })

  test('a volume is attached, staged once, published for each Pod, and all that back', async () => {
    const namespace = await suite().namespace('csi-attached')
    await using d = await suite().driver(
      'attached',
      { attachRequired: true },
      { capabilities: STAGED },
    )
    const { metadata } = await suite().claim(namespace, d.name)
    const spec = { volumes: OF_CLAIM, securityContext: { runAsUser: 1000, fsGroup: 2000 } }
    const pods = await Promise.all(
      ['a', 'b'].map((name) =>
        suite().run(namespace, shell(name, `echo ${name} > /v/${name}; sleep 1000`, MOUNTED, spec)),
      ),
    )
    for (const pod of pods) await suite().until(pod, isRunning)
    const backing = d.backing(`handle-${metadata.uid}`)
    for (const name of ['a', 'b'])
      await eventually(
        async () => (await readFile(join(backing, name), 'utf8').catch(() => '')) === `${name}\n`,
      )
    assert.equal((await stat(backing)).gid, 2000)
    assert.deepEqual(d.counts(), { stage: 1, publish: 2 })
    const [request] = d.requests(CSI_NODE.publish)
    assert.deepEqual(request?.publishContext, { device: `on-node-of-${d.name}` })
    assert.deepEqual(request.volumeContext, { pool: 'fast' })
    assert.deepEqual(request.volumeCapability, {
      mount: { fsType: 'ext4', mountFlags: [], volumeMountGroup: '' },
      accessMode: { mode: 'SINGLE_NODE_WRITER' },
    })
    const inUse = async () =>
      (await suite().client.get(Node, { name: suite().nodeName })).status.volumesInUse ?? []
    const unique = `kubernetes.io/csi/${d.name}^handle-${metadata.uid}`
    assert.ok((await inUse()).includes(unique))

    await suite().remove(pods[0]!)
    assert.deepEqual(d.counts(), { stage: 1, publish: 2, unpublish: 1 })
    await suite().remove(pods[1]!)
    assert.deepEqual(d.counts(), { stage: 1, publish: 2, unpublish: 2, unstage: 1 })
    await eventually(async () => !(await inUse()).includes(unique))
    await eventually(async () => {
      const { items } = await suite().client.list(VolumeAttachment)
      return items.every((each) => each.spec.attacher !== d.name)
    })
  })

  test('a driver is told of the Pod, and given tokens of it', async () => {
    const namespace = await suite().namespace('csi-told')
    await using d = await suite().driver('told', {
      attachRequired: false,
      podInfoOnMount: true,
      tokenRequests: [{ audience: 'vault' }],
    })
    await suite().claim(namespace, d.name)
    const pod = await suite().run(namespace, once('p', 'true', MOUNTED, { volumes: OF_CLAIM }))
    await suite().log(pod)
    const { volumeContext = {} } = d.requests(CSI_NODE.publish)[0] ?? {}
    const { 'csi.storage.k8s.io/serviceAccount.tokens': tokens, ...rest } = volumeContext
    assert.deepEqual(rest, {
      pool: 'fast',
      'csi.storage.k8s.io/pod.name': 'p',
      'csi.storage.k8s.io/pod.namespace': namespace,
      'csi.storage.k8s.io/pod.uid': pod.metadata.uid,
      'csi.storage.k8s.io/serviceAccount.name': 'default',
      'csi.storage.k8s.io/ephemeral': 'false',
    })
    const given = JSON.parse(tokens!) as Record<string, { token: string }>
    assert.equal(given['vault']?.token.split('.').length, 3)
    // A Pod that has ended holds nothing.
    await counted(d, { publish: 1, unpublish: 1 })
  })

  test('an inline volume lives as long as its Pod', async () => {
    const namespace = await suite().namespace('csi-inline')
    await using d = await suite().driver('inline', {
      attachRequired: false,
      volumeLifecycleModes: ['Ephemeral'],
    })
    const volumes = [{ name: 'v', csi: { driver: d.name, volumeAttributes: { size: '1' } } }]
    const pod = await suite().run(
      namespace,
      once('p', 'echo x > /v/f; cat /v/f', MOUNTED, { volumes }),
    )
    assert.equal(await suite().log(pod), 'x\n')
    const [request] = d.requests(CSI_NODE.publish)
    assert.match(request!.volumeId, /^csi-[0-9a-f]{64}$/)
    assert.deepEqual(request!.volumeContext, { size: '1' })
    await suite().remove(pod)
    await counted(d, { publish: 1, unpublish: 1 })
  })

  test('a block volume is a device', async () => {
    const namespace = await suite().namespace('csi-block')
    await using d = await suite().driver(
      'block',
      { attachRequired: false },
      { capabilities: STAGED },
    )
    await suite().claim(namespace, d.name, { volumeMode: 'Block' })
    const container = { volumeDevices: [{ name: 'v', devicePath: '/dev/xvda' }] }
    const script = 'test -b /dev/xvda && echo device'
    const pod = await suite().run(namespace, once('p', script, container, { volumes: OF_CLAIM }))
    assert.equal(await suite().log(pod), 'device\n')
    assert.ok(d.requests(CSI_NODE.stage)[0]?.volumeCapability?.block)
    await suite().remove(pod)
    await counted(d, { stage: 1, publish: 1, unpublish: 1, unstage: 1 })
  })

  test('what a driver cannot do is told, and tried again', async () => {
    const namespace = await suite().namespace('csi-failing')
    await using d = await suite().driver(
      'failing',
      { attachRequired: false },
      { capabilities: STAGED },
    )
    await suite().claim(namespace, d.name)
    d.setFailure('publish', 'no such pool')
    const pod = await suite().run(
      namespace,
      shell('p', 'sleep 1000', MOUNTED, { volumes: OF_CLAIM }),
    )
    const { message } = await suite().untilTold(pod, 'FailedMount')
    assert.match(
      message ?? '',
      /^MountVolume\.SetUp failed for volume "pvc-.*" : rpc error: code = Internal desc = no such pool$/,
    )
    d.setFailure('publish', undefined)
    await suite().until(pod, isRunning)
    for (const method of ['unpublish', 'unstage'] as const) d.setFailure(method, 'busy')
    await suite().client.delete(Pod, pod.metadata)
    for (const method of ['unpublish', 'unstage'] as const) {
      await eventually(() => (d.counts()[method] ?? 0) >= 2)
      d.setFailure(method, undefined)
    }
    await suite().untilGone(pod)
  })

  test('a volume grows while it is used, and its driver is called again that wants that', async () => {
    const namespace = await suite().namespace('csi-growing')
    const about = { attachRequired: false, requiresRepublish: true }
    await using d = await suite().driver('growing', about, {
      capabilities: ['EXPAND_VOLUME', 'GET_VOLUME_STATS'],
    })
    const { metadata } = await suite().claim(namespace, d.name)
    const pod = await suite().run(
      namespace,
      shell('p', 'sleep 1000', MOUNTED, { volumes: OF_CLAIM }),
    )
    await suite().until(pod, isRunning)
    const { client } = suite()
    // What the external resizer does.
    const resources = { requests: { storage: '2Gi' } }
    await client.patch(PersistentVolumeClaim, metadata, 'merge', { spec: { resources } })
    const name = `pvc-${metadata.uid}`
    const capacity = { storage: '2Gi' }
    await client.patch(PersistentVolume, { name }, 'merge', { spec: { capacity } })
    const conditions = [{ type: 'FileSystemResizePending', status: 'True' }]
    await client.patch(
      PersistentVolumeClaim,
      metadata,
      'merge',
      { status: { conditions } },
      { subresource: 'status' },
    )
    // The agent looks once a minute, and at each change of the Pod.
    await client.patch(Pod, pod.metadata, 'merge', { metadata: { labels: { look: '1' } } })
    const { status } = await eventually(async () => {
      const found = await client.get(PersistentVolumeClaim, metadata)
      return found.status.capacity?.['storage'] === '2Gi' && found
    })
    assert.deepEqual(status.conditions ?? [], [])
    assert.equal(d.requests(CSI_NODE.expand)[0]?.capacityRange?.requiredBytes, 2 * 1024 ** 3)
    await counted(d, { publish: 2, expand: 1 })
    const { pods } = await suite().kubelet.stats.summary()
    const { volume = [] } = pods.find(({ podRef }) => podRef.uid === pod.metadata.uid) ?? {}
    const { time: _, ...usage } = volume.find(({ pvcRef }) => pvcRef !== undefined)!
    assert.deepEqual(usage, {
      name: 'v',
      pvcRef: { namespace, name: 'data' },
      capacityBytes: 1000,
      availableBytes: 600,
      usedBytes: 400,
      inodes: 100,
      inodesFree: 96,
      inodesUsed: 4,
    })
    await suite().remove(pod)
  })

  test('mounts that vanished are made again for the next container', async () => {
    const namespace = await suite().namespace('csi-vanished')
    const about = { attachRequired: false }
    await using d = await suite().driver('vanished', about, { capabilities: STAGED })
    const { metadata } = await suite().claim(namespace, d.name)
    const script =
      'cat /v/f && exec sleep 1000; until [ -e /v/f ]; do sleep 0.05; done; echo x > /v/f'
    const pod = await suite().run(namespace, shell('p', script, MOUNTED, { volumes: OF_CLAIM }))
    await suite().until(pod, isRunning)
    const { targetPath, stagingTargetPath } = d.requests(CSI_NODE.publish)[0]!
    for (const path of [targetPath, stagingTargetPath]) await unmountBelow(path)
    await writeFile(join(d.backing(`handle-${metadata.uid}`), 'f'), '')
    await suite().until(pod, (each) => restarts(each) === 1 && isRunning(each))
    await counted(d, { stage: 2, publish: 2 })
    await suite().remove(pod)
    await counted(d, { stage: 2, publish: 2, unpublish: 1, unstage: 1 })
  })

  test('a Pod waits for a driver that comes later', async () => {
    const namespace = await suite().namespace('csi-late')
    const name = 'late.csi.test'
    await suite().client.create(CSIDriver, { metadata: { name }, spec: { attachRequired: false } })
    await suite().client.create(PersistentVolume, {
      metadata: { name: 'late' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        csi: { driver: name, volumeHandle: 'late' },
      },
    })
    await suite().claim(namespace, '', { volumeName: 'late' })
    const pod = await suite().run(namespace, once('p', 'true', MOUNTED, { volumes: OF_CLAIM }))
    const { message } = await suite().untilTold(pod, 'FailedMount')
    assert.match(
      message ?? '',
      /driver name late\.csi\.test not found in the list of registered CSI drivers$/,
    )
    await using _d = await testCsiDriver({ name, dataDir: suite().node.dataDir })
    await suite().log(pod)
  })
})
