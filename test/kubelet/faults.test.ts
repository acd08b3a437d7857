import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { listProcesses } from '../../src/kubelet/containerd/processes.node.ts'
import { isReady, restarts } from '../conformance/node/node-suite.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { churn } from './churn.node.ts'
import { untilUnused } from './node-traces.node.ts'
import { FOREVER, shellPod, testKubelet, type TestKubelet } from './test-kubelet.node.ts'

const skip = await whyNoContainers()
const PODS = 100

describe('a node under stress', { skip }, () => {
  let t: TestKubelet | undefined
  before(async () => {
    t = await testKubelet()
  })
  after(() => t?.[Symbol.asyncDispose]())
  const sandboxesOf = (name: string) =>
    t!.node.runtime.listPodSandbox({
      labelSelector: { 'io.kubernetes.pod.name': name },
      state: 'SANDBOX_READY',
    })
  const remove = async (name: string): Promise<void> => {
    await t!.client.delete(Pod, { namespace: 'default', name })
    await t!.untilGone(name)
  }

  test(`has nothing left of ${PODS} Pods that came and went at once`, async () => {
    await churn(
      t!,
      Array.from({ length: PODS }, (_, i) => `churned-${i}`),
    )
    await untilUnused(t!.node)
  })

  test('keeps its Pods when the runtime is killed and starts again', async () => {
    await t!.run(shellPod('survivor', FOREVER))
    const pod = await t!.until('survivor', isReady)
    const { pid } = await t!.node.start()
    process.kill(pid, 'SIGKILL')
    await eventually(() => isGone(pid))
    await t!.node.start()
    await t!.run(shellPod('newcomer', FOREVER))
    await t!.until('newcomer', isReady)
    const now = await t!.get('survivor')
    assert.equal(restarts(now), restarts(pod))
    assert.equal(now.status.podIP, pod.status.podIP)
    assert.equal((await sandboxesOf('survivor')).length, 1)
    await Promise.all(['survivor', 'newcomer'].map(remove))
  })

  test('makes a Pod anew whose shim is killed, once', async () => {
    await t!.run(shellPod('shimless', FOREVER))
    const pod = await t!.until('shimless', isReady)
    const { sandboxId } = t!.kubelet.find('default', 'shimless')!
    const [shim] = await t!.node.shims(sandboxId!)
    process.kill(shim!, 'SIGKILL')
    await t!.until('shimless', (each) => isReady(each) && restarts(each) > restarts(pod))
    assert.equal((await sandboxesOf('shimless')).length, 1)
    await remove('shimless')
  })

  test('runs its Pods again after all of it was killed, each once, and has nothing left of those before', async () => {
    await Promise.all(['first', 'second'].map((name) => t!.run(shellPod(name, FOREVER))))
    const pods = await Promise.all(['first', 'second'].map((name) => t!.until(name, isReady)))
    await t!.restart(async () => {
      const { pid } = await t!.node.start()
      const sandboxes = await t!.node.runtime.listPodSandbox()
      const shims = (await Promise.all(sandboxes.map(({ id }) => t!.node.shims(id)))).flat()
      const all = await listProcesses()
      const inside = all.filter(({ parent }) => shims.includes(parent)).map((each) => each.pid)
      for (const each of [pid, ...shims, ...inside]) process.kill(each, 'SIGKILL')
      await eventually(() => isGone(pid))
      await t!.node.start()
    })
    for (const pod of pods) {
      const { name } = pod.metadata
      await t!.until(name, (each) => isReady(each) && restarts(each) > restarts(pod))
      assert.equal((await sandboxesOf(name)).length, 1)
      await remove(name)
    }
    await untilUnused(t!.node)
  })

  test('ends what was replaced while its link was cut, and runs what replaces it once', async () => {
    await t!.run(shellPod('cut', FOREVER))
    const { metadata } = await t!.until('cut', isReady)
    t!.setApiDown(true)
    // As the garbage collector does with Pods of a node that is lost.
    await t!.client.delete(Pod, metadata, { gracePeriodSeconds: 0 })
    const { metadata: next } = await t!.run(shellPod('cut', FOREVER))
    t!.setApiDown(false)
    await t!.until('cut', isReady)
    await eventually(async () => (await sandboxesOf('cut')).length === 1)
    const [sandbox] = await sandboxesOf('cut')
    assert.equal(sandbox!.labels['io.kubernetes.pod.uid'], next.uid)
    await remove('cut')
    await untilUnused(t!.node)
  })

  test('goes on after a runtime that did not answer for a while', async () => {
    await t!.run(shellPod('patient', FOREVER))
    await t!.until('patient', isReady)
    const { pid } = await t!.node.start()
    process.kill(pid, 'SIGSTOP')
    try {
      await t!.run(shellPod('waits', FOREVER))
      await t!.until('waits', ({ status }) => status.phase === 'Pending')
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    const pod = await t!.until('waits', isReady)
    assert.equal(restarts(pod), 0)
    assert.equal((await sandboxesOf('waits')).length, 1)
    await Promise.all(['patient', 'waits'].map(remove))
  })
})

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}
