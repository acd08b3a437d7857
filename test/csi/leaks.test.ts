import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { Secret } from '../../src/api/core/v1/secret.ts'
import { CSIDriver } from '../../src/api/storage/v1/csi-driver.ts'
import { CSINode } from '../../src/api/storage/v1/csi-node.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { isRunning } from '../conformance/node/node-suite.node.ts'
import { removePods } from '../../src/kubelet/remove-pods.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { shellPod, testKubelet, type TestKubelet } from '../kubelet/test-kubelet.node.ts'
import { testCsiDriver } from './csi-driver.node.ts'

const skip = await whyNoContainers()
const NAME = 'many.csi.test'
// Costs nothing while it waits.
const WAITING = 'trap "exit 0" TERM; sleep 1000 & wait'
const PODS = 16
const ROUNDS = 2

describe('volumes of many Pods', { skip }, () => {
  let t: TestKubelet
  before(async () => {
    t = await testKubelet()
  })
  after(async () => {
    await removePods(t.node.dataDir) // Where the test has failed.
    await t[Symbol.asyncDispose]()
  })

  /** What is mounted for Pods, and what their directories hold. */
  const left = async () => {
    const { dataDir } = t.node
    const mountinfo = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
    return {
      mounts: mountinfo.filter(
        (line) => line.includes(`${dataDir}/pods/`) || line.includes(`${dataDir}/plugins/`),
      ),
      pods: await readdir(join(dataDir, 'pods')),
      sandboxes: (await t.node.runtime.listPodSandbox({})).length,
    }
  }

  test('leave no mount and no directory behind, also over a restart of the agent', async () => {
    const { client } = t
    const spec = { attachRequired: false, volumeLifecycleModes: ['Ephemeral'] }
    await client.create(CSIDriver, { metadata: { name: NAME }, spec })
    await using d = await testCsiDriver({ name: NAME, dataDir: t.node.dataDir })
    await eventually(async () => {
      const found = await client.get(CSINode, { name: 'test' })
      return found.spec.drivers.length === 1
    })
    const metadata = { namespace: 'default', name: 'o' }
    await client.create(ConfigMap, { metadata, data: { key: 'value' } })
    await client.create(Secret, { metadata, stringData: { key: 'value' } })
    const volumes = [
      { name: 'memory', emptyDir: { medium: 'Memory' } },
      { name: 'map', configMap: { name: 'o' } },
      { name: 'secret', secret: { secretName: 'o' } },
      { name: 'driver', csi: { driver: NAME } },
    ]
    const volumeMounts = [
      ...volumes.map(({ name }) => ({ name, mountPath: `/${name}` })),
      { name: 'map', mountPath: '/part', subPath: 'key' },
    ]
    const names = Array.from({ length: PODS }, (_, i) => `p${i}`)
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of names) await t.run(shellPod(name, WAITING, { volumeMounts }, { volumes }))
      for (const name of names) await t.until(name, isRunning)
      const half = names.slice(PODS / 2)
      const remove = (name: string) => client.delete(Pod, { namespace: 'default', name })
      await Promise.all(half.map(remove))
      // The other half goes while nobody looks, and while it is looked at again.
      await t.restart(async () => {
        await Promise.all(names.slice(0, PODS / 2).map(remove))
      })
      const isGone = async () => (await client.list(Pod)).items.length === 0
      await eventually(isGone)
    }
    await eventually(async () => {
      assert.deepEqual(await left(), { mounts: [], pods: [], sandboxes: 0 })
      return true
    })
    const { publish, unpublish = 0 } = d.counts()
    assert.equal(publish, PODS * ROUNDS)
    assert.ok(unpublish >= PODS * ROUNDS)
  })
})
