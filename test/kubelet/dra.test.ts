import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { ResourceClaim } from '../../src/api/resource/v1/resource-claim.ts'
import { ResourceSlice } from '../../src/api/resource/v1/resource-slice.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { testDraDriver } from './dra-driver.node.ts'
import { FOREVER, shellPod, testKubelet, type TestKubelet } from './test-kubelet.node.ts'

const skip = await whyNoContainers()
const DRIVER = 'gpu.example.com'

describe('claims of devices', { skip }, () => {
  let t: TestKubelet
  before(async () => {
    t = await testKubelet()
  })
  after(() => t?.[Symbol.asyncDispose]())

  /** A Pod with a claim, as the scheduler leaves them. */
  const run = async (name: string, { isReserved = true } = {}): Promise<Pod> => {
    const key = { namespace: 'default', name }
    const requests = [{ name: 'one', exactly: { deviceClassName: 'gpu' } }]
    const claim = await t.client.create(ResourceClaim, {
      metadata: key,
      spec: { devices: { requests } },
    })
    const claims = [{ name: 'gpu' }]
    const pod = await t.run(
      shellPod(
        name,
        FOREVER,
        { resources: { claims } },
        { resourceClaims: [{ name: 'gpu', resourceClaimName: name }] },
      ),
    )
    const result = { request: 'one', driver: DRIVER, pool: 'p', device: 'd' }
    const consumer = { resource: 'pods', name, uid: pod.metadata.uid }
    await t.client.updateSubresource(ResourceClaim, key, 'status', {
      ...claim,
      status: {
        allocation: { devices: { results: [result] } },
        ...(isReserved && { reservedFor: [consumer] }),
      },
    })
    return pod
  }
  const running = ({ status }: Pod): boolean => status.phase === 'Running'

  test('are made ready by their driver, and given back', async () => {
    await using driver = await testDraDriver(t.node.dataDir, DRIVER)
    const pod = await run('first')
    await t.until('first', running)
    assert.deepEqual(driver.calls, ['prepare first'])
    const offer = { driver: DRIVER, nodeName: 'test', devices: [{ name: 'd' }] }
    await t.client.create(ResourceSlice, {
      metadata: { name: 'offered' },
      spec: { ...offer, pool: { name: 'p', generation: 1, resourceSliceCount: 1 } },
    })
    await t.restart()
    // The driver, which is there, would offer it anew.
    await eventually(async () => (await t.client.list(ResourceSlice)).items.length === 0)
    await t.client.delete(Pod, pod.metadata)
    await t.untilGone('first')
    assert.deepEqual(driver.calls, ['prepare first', 'unprepare first'])
  })

  test('keep a Pod from starting that cannot have them, which says why', async () => {
    await using driver = await testDraDriver(t.node.dataDir, DRIVER)
    driver.problem = 'out of order'
    const pod = await run('refused')
    const why = 'Failed to prepare dynamic resources: '
    await eventually(async () =>
      (await t.events('refused')).some((event) =>
        event.startsWith(
          `FailedPrepareDynamicResources ${why}NodePrepareResources failed for ResourceClaim refused: out of order`,
        ),
      ),
    )
    driver.problem = ''
    await t.until('refused', running)
    await t.client.delete(Pod, pod.metadata)
    await t.untilGone('refused')
    await run('stranger', { isReserved: false })
    await eventually(async () =>
      (await t.events('stranger')).some((event) => event.includes('is not allowed to use')),
    )
  })
})
