import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../src/api/core/v1/persistent-volume.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { CSIDriver } from '../../src/api/storage/v1/csi-driver.ts'
import { CSINode } from '../../src/api/storage/v1/csi-node.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { isRunning } from '../conformance/node/node-suite.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { FOREVER, shellPod, testKubelet, type TestKubelet } from '../kubelet/test-kubelet.node.ts'
import { testCsiDriver, type TestCsiDriver } from './csi-driver.node.ts'

const skip = await whyNoContainers()
const NAME = 'kept.csi.test'
const ALL = { stage: 1, publish: 1, unpublish: 1, unstage: 1 }

describe('CSI volumes over a restart of the node agent', { skip }, () => {
  let t: TestKubelet
  before(async () => {
    t = await testKubelet()
    const spec = { attachRequired: false }
    await t.client.create(CSIDriver, { metadata: { name: NAME }, spec })
  })
  after(() => t[Symbol.asyncDispose]())

  const driver = async (): Promise<TestCsiDriver> => {
    const made = await testCsiDriver({
      name: NAME,
      dataDir: t.node.dataDir,
      capabilities: ['STAGE_UNSTAGE_VOLUME'],
    })
    await eventually(async () => {
      const { spec } = await t.client.get(CSINode, { name: 'test' })
      return spec.drivers.length === 1
    })
    return made
  }
  /** A Pod with a bound claim, running. */
  const run = async (name: string): Promise<Pod> => {
    const key = { namespace: 'default', name }
    const claim = await t.client.create(PersistentVolumeClaim, {
      metadata: key,
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        volumeName: name,
      },
    })
    await t.client.create(PersistentVolume, {
      metadata: { name },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        csi: { driver: NAME, volumeHandle: name },
        claimRef: { ...key, uid: claim.metadata.uid },
      },
    })
    const status = { ...claim.status, phase: 'Bound' as const }
    await t.client.updateStatus(PersistentVolumeClaim, { ...claim, status })
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: name } }]
    const volumeMounts = [{ name: 'v', mountPath: '/v' }]
    await t.run(shellPod(name, FOREVER, { volumeMounts }, { volumes }))
    return t.until(name, isRunning)
  }
  const mounts = async (): Promise<number> =>
    (await readFile('/proc/self/mountinfo', 'utf8'))
      .split('\n')
      .filter((line) => line.includes(t.node.dataDir) && line.includes('csi')).length

  test('a running Pod keeps its volume, though the driver is away', async () => {
    const first = await driver()
    const before = await run('kept')
    await first[Symbol.asyncDispose]()
    await t.restart()
    await eventually(() => t.kubelet.find('default', 'kept') !== undefined)
    assert.ok(!(await t.events('kept')).some((each) => each.startsWith('FailedMount')))
    await using second = await driver()
    assert.equal((await t.get('kept')).metadata.uid, before.metadata.uid)
    await t.client.delete(Pod, before.metadata)
    await t.untilGone('kept')
    assert.deepEqual(
      [first.counts(), second.counts()],
      [
        { stage: 1, publish: 1 },
        { unpublish: 1, unstage: 1 },
      ],
    )
    assert.equal(await mounts(), 0)
  })

  test('a Pod that went meanwhile leaves nothing behind', async () => {
    const d = await driver()
    const pod = await run('gone')
    await d[Symbol.asyncDispose]()
    await t.restart(async () => {
      await t.client.delete(Pod, pod.metadata, { gracePeriodSeconds: 0 })
    })
    await using later = await driver()
    await eventually(async () => (await mounts()) === 0)
    assert.deepEqual({ ...d.counts(), ...later.counts() }, ALL)
    await eventually(async () => (await t.node.runtime.listPodSandbox({})).length === 0)
  })
})
