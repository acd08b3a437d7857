import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Node } from '../../src/api/core/v1/node.ts'
import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../src/api/core/v1/persistent-volume.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { CSIDriver } from '../../src/api/storage/v1/csi-driver.ts'
import { CSINode } from '../../src/api/storage/v1/csi-node.ts'
import { VolumeAttachment } from '../../src/api/storage/v1/volume-attachment.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { loadKubeconfig } from '../../src/client/kubeconfig.node.ts'
import { httpsTransport } from '../../src/client/https-transport.node.ts'
import { CSI_NODE } from '../../src/kubelet/csi/node-methods.ts'
import type { Input } from '../../src/schema/message.ts'
import { isRunning, once, shell } from '../conformance/node/node-suite.node.ts'
import { nodeCluster, whyNoNodeCluster, type NodeCluster } from '../kubelet/node-cluster.node.ts'
import { testCsiDriver, type TestCsiDriver } from './csi-driver.node.ts'
import { createClass, startSidecars } from './sidecars.node.ts'

const skip = await whyNoNodeCluster()
const WAIT = { timeoutMs: 60_000 }
const STAGED = ['STAGE_UNSTAGE_VOLUME'] as const

describe('CSI drivers', { skip, concurrency: 4 }, () => {
  let t: NodeCluster
  const stack = new AsyncDisposableStack()
  before(async () => {
    t = stack.use(await nodeCluster())
    const file = join(t.node.dataDir, 'kubeconfig')
    await writeFile(file, t.kubeconfig)
    const transport = stack.use(httpsTransport(await loadKubeconfig(file)))
    stack.use(startSidecars(transport))
  })
  after(() => stack.disposeAsync())

  /** A driver that has registered, and its class. */
  const driver = async (
    label: string,
    about: NonNullable<Input<CSIDriver>['spec']> | undefined,
    options: Partial<Parameters<typeof testCsiDriver>[0]> = {},
  ): Promise<TestCsiDriver> => {
    const name = `${label}.csi.test`
    if (about) await t.client.create(CSIDriver, { metadata: { name }, spec: about })
    await createClass(t.client, name, { fsType: 'ext4', pool: 'fast' })
    const made = await testCsiDriver({ name, dataDir: t.node.dataDir, ...options })
    await eventually(async () => (await drivers()).some((each) => each.name === name), WAIT)
    return made
  }
  const claim = async (namespace: string, driverName: string, spec: object = {}) =>
    t.client.create(PersistentVolumeClaim, {
      metadata: { namespace, name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        storageClassName: driverName,
        ...spec,
      },
    })
  const mounted = { volumeMounts: [{ name: 'v', mountPath: '/v' }] }
  const ofClaim = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }]
  const remove = async (pod: Pod): Promise<void> => {
    await t.client.delete(Pod, pod.metadata)
    await t.untilGone(pod)
  }
  /** Waits until the driver was called so often; the Pod may be gone before its volumes are. */
  const counted = (d: TestCsiDriver, wanted: ReturnType<TestCsiDriver['counts']>) =>
    eventually(() => {
      assert.deepEqual(d.counts(), wanted)
      return true
    }, WAIT)
  const drivers = async () => (await t.client.get(CSINode, { name: t.nodeName })).spec.drivers

  test('a driver registers, and its node is told of', async () => {
    await using d = await driver('registered', { attachRequired: false }, { volumesMax: 7 })
    const found = await eventually(
      async () => (await drivers()).find(({ name }) => name === d.name),
      WAIT,
    )
    assert.deepEqual(found, {
      name: d.name,
      nodeID: `node-of-${d.name}`,
      topologyKeys: [`topology.${d.name}/zone`],
      allocatable: { count: 7 },
    })
    const { metadata } = await t.client.get(Node, { name: t.nodeName })
    assert.equal(metadata.labels?.[`topology.${d.name}/zone`], 'z1')
    const ids = JSON.parse(metadata.annotations!['csi.volume.kubernetes.io/nodeid']!) as object
    assert.equal((ids as Record<string, string>)[d.name], `node-of-${d.name}`)
    await d[Symbol.asyncDispose]()
    await eventually(async () => (await drivers()).every(({ name }) => name !== d.name), WAIT)
  })

  test('a volume is attached, staged once, published for each Pod, and all that back', async () => {
    const namespace = await t.namespace('csi-attached')
    await using d = await driver('attached', { attachRequired: true }, { capabilities: STAGED })
    const { metadata } = await claim(namespace, d.name)
    const spec = { volumes: ofClaim, securityContext: { runAsUser: 1000, fsGroup: 2000 } }
    const pods = await Promise.all(
      ['a', 'b'].map((name) =>
        t.run(namespace, shell(name, `echo ${name} > /v/${name}; sleep 1000`, mounted, spec)),
      ),
    )
    for (const pod of pods) await t.until(pod, isRunning)
    const backing = d.backing(`handle-${metadata.uid}`)
    for (const name of ['a', 'b'])
      await eventually(
        async () => (await readFile(join(backing, name), 'utf8').catch(() => '')) === `${name}\n`,
        WAIT,
      )
    assert.equal((await stat(backing)).gid, 2000)
    assert.deepEqual(d.counts(), { stage: 1, publish: 2 })
    const [request] = d.requests(CSI_NODE.publish)
    assert.deepEqual(request?.publishContext, { device: `on-${t.nodeName}` })
    assert.deepEqual(request.volumeContext, { pool: 'fast' })
    assert.deepEqual(request.volumeCapability, {
      mount: { fsType: 'ext4', mountFlags: [], volumeMountGroup: '' },
      accessMode: { mode: 'SINGLE_NODE_WRITER' },
    })
    const inUse = async () =>
      (await t.client.get(Node, { name: t.nodeName })).status.volumesInUse ?? []
    const unique = `kubernetes.io/csi/${d.name}^handle-${metadata.uid}`
    assert.ok((await inUse()).includes(unique))

    await remove(pods[0]!)
    assert.deepEqual(d.counts(), { stage: 1, publish: 2, unpublish: 1 })
    await remove(pods[1]!)
    assert.deepEqual(d.counts(), { stage: 1, publish: 2, unpublish: 2, unstage: 1 })
    await eventually(async () => !(await inUse()).includes(unique), WAIT)
    await eventually(async () => {
      const { items } = await t.client.list(VolumeAttachment)
      return items.every((each) => each.spec.attacher !== d.name)
    }, WAIT)
  })

  test('a driver is told of the Pod, and given tokens of it', async () => {
    const namespace = await t.namespace('csi-told')
    await using d = await driver('told', {
      attachRequired: false,
      podInfoOnMount: true,
      tokenRequests: [{ audience: 'vault' }],
    })
    await claim(namespace, d.name)
    const pod = await t.run(namespace, once('p', 'true', mounted, { volumes: ofClaim }))
    await t.log(pod)
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
    const namespace = await t.namespace('csi-inline')
    await using d = await driver('inline', {
      attachRequired: false,
      volumeLifecycleModes: ['Ephemeral'],
    })
    const volumes = [{ name: 'v', csi: { driver: d.name, volumeAttributes: { size: '1' } } }]
    const pod = await t.run(namespace, once('p', 'echo x > /v/f; cat /v/f', mounted, { volumes }))
    assert.equal(await t.log(pod), 'x\n')
    const [request] = d.requests(CSI_NODE.publish)
    assert.match(request!.volumeId, /^csi-[0-9a-f]{64}$/)
    assert.deepEqual(request!.volumeContext, { size: '1' })
    await remove(pod)
    await counted(d, { publish: 1, unpublish: 1 })
  })

  test('a block volume is a device', async () => {
    const namespace = await t.namespace('csi-block')
    await using d = await driver('block', { attachRequired: false }, { capabilities: STAGED })
    await claim(namespace, d.name, { volumeMode: 'Block' })
    const container = { volumeDevices: [{ name: 'v', devicePath: '/dev/xvda' }] }
    const script = 'test -b /dev/xvda && echo device'
    const pod = await t.run(namespace, once('p', script, container, { volumes: ofClaim }))
    assert.equal(await t.log(pod), 'device\n')
    assert.ok(d.requests(CSI_NODE.stage)[0]?.volumeCapability?.block)
    await remove(pod)
    await counted(d, { stage: 1, publish: 1, unpublish: 1, unstage: 1 })
  })

  test('what a driver cannot do is told, and tried again', async () => {
    const namespace = await t.namespace('csi-failing')
    await using d = await driver('failing', { attachRequired: false }, { capabilities: STAGED })
    await claim(namespace, d.name)
    d.setFailure('publish', 'no such pool')
    const pod = await t.run(namespace, shell('p', 'sleep 1000', mounted, { volumes: ofClaim }))
    const { message } = await t.untilTold(pod, 'FailedMount')
    assert.match(
      message ?? '',
      /^MountVolume\.SetUp failed for volume "pvc-.*" : rpc error: code = Internal desc = no such pool$/,
    )
    d.setFailure('publish', undefined)
    await t.until(pod, isRunning)
    for (const method of ['unpublish', 'unstage'] as const) d.setFailure(method, 'busy')
    await t.client.delete(Pod, pod.metadata)
    for (const method of ['unpublish', 'unstage'] as const) {
      await eventually(() => (d.counts()[method] ?? 0) >= 2, WAIT)
      d.setFailure(method, undefined)
    }
    await t.untilGone(pod)
  })

  test('a volume grows while it is used, and its driver is called again that wants that', async () => {
    const namespace = await t.namespace('csi-growing')
    const about = { attachRequired: false, requiresRepublish: true }
    await using d = await driver('growing', about, {
      capabilities: ['EXPAND_VOLUME', 'GET_VOLUME_STATS'],
    })
    const { metadata } = await claim(namespace, d.name)
    const pod = await t.run(namespace, shell('p', 'sleep 1000', mounted, { volumes: ofClaim }))
    await t.until(pod, isRunning)
    const { client } = t
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
    }, WAIT)
    assert.deepEqual(status.conditions ?? [], [])
    assert.equal(d.requests(CSI_NODE.expand)[0]?.capacityRange?.requiredBytes, 2 * 1024 ** 3)
    await counted(d, { publish: 2, expand: 1 })
    const { pods } = await t.kubelet.stats.summary()
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
    await remove(pod)
  })

  test('a Pod waits for a driver that comes later', async () => {
    const namespace = await t.namespace('csi-late')
    const name = 'late.csi.test'
    await t.client.create(CSIDriver, { metadata: { name }, spec: { attachRequired: false } })
    await createClass(t.client, name)
    await claim(namespace, name)
    const pod = await t.run(namespace, once('p', 'true', mounted, { volumes: ofClaim }))
    const { message } = await t.untilTold(pod, 'FailedMount')
    assert.match(
      message ?? '',
      /driver name late\.csi\.test not found in the list of registered CSI drivers$/,
    )
    await using _d = await testCsiDriver({ name, dataDir: t.node.dataDir })
    await t.log(pod)
  })
})
