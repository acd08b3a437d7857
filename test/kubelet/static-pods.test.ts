import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { FOREVER, shellPod, testKubelet, type TestKubelet } from './test-kubelet.node.ts'

const skip = await whyNoContainers()

describe('static Pods', { skip }, () => {
  let [t, directory]: [TestKubelet?, string?] = []
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trierarch-manifests-'))
    await writeFile(join(directory, 'web.yaml'), manifest('web', 'one'))
    t = await testKubelet({ configuration: { staticPodPath: directory } })
  })
  after(async () => {
    await t?.[Symbol.asyncDispose]()
    if (directory) await rm(directory, { recursive: true, force: true })
  })
  const running = ({ status }: Pod): boolean => status.containerStatuses?.[0]?.ready === true
  const mirror = (name: string, holds: (pod: Pod) => boolean = running): Promise<Pod> =>
    eventually(async () => {
      const pod = await t!.get(name).catch(() => undefined)
      return pod !== undefined && holds(pod) && pod
    })

  test('run, and are shown in the API', async () => {
    const pod = await mirror('web-test')
    const { annotations, ownerReferences } = pod.metadata
    assert.equal(annotations?.['kubernetes.io/config.source'], 'file')
    assert.equal(
      annotations['kubernetes.io/config.mirror'],
      annotations['kubernetes.io/config.hash'],
    )
    assert.equal(ownerReferences?.[0]?.kind, 'Node')
    assert.equal(pod.status.phase, 'Running')
    assert.ok(pod.status.podIP?.startsWith(`${t!.node.subnet}.`))
    assert.notEqual(t!.kubelet.find('default', 'web-test')?.pod.metadata.uid, pod.metadata.uid)
  })

  test('go on when what shows them is deleted, and are shown again', async () => {
    const pod = await mirror('web-test')
    await t!.client.delete(Pod, pod.metadata, { gracePeriodSeconds: 0 })
    const again = await mirror(
      'web-test',
      (each) => running(each) && each.metadata.uid !== pod.metadata.uid,
    )
    const id = (each: Pod) => each.status.containerStatuses![0]!.containerID
    assert.equal(id(again), id(pod))
  })

  test('are replaced when their file changes, what was there ending first', async () => {
    const before = await mirror('web-test')
    await writeFile(join(directory!, 'web.yaml'), manifest('web', 'two'))
    const now = await mirror(
      'web-test',
      (pod) => pod.metadata.labels?.['is'] === 'two' && running(pod),
    )
    assert.notEqual(now.metadata.uid, before.metadata.uid)
    const containers = await t!.node.runtime.listContainers({
      labelSelector: { 'io.kubernetes.pod.name': 'web-test' },
    })
    assert.equal(containers.length, 1)
  })

  test('go when their file goes; what is no Pod changes nothing', async () => {
    await writeFile(join(directory!, 'broken.yaml'), 'kind: Pod\napiVersion: v1\nspec: 3\n')
    await writeFile(join(directory!, 'other.yaml'), manifest('other', 'one'))
    await mirror('other-test')
    await rm(join(directory!, 'web.yaml'))
    await t!.untilGone('web-test')
    await eventually(() => t!.kubelet.find('default', 'web-test') === undefined)
    assert.ok(running(await t!.get('other-test')))
  })
})

function manifest(name: string, is: string): string {
  const { spec } = shellPod(name, FOREVER)
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { is } }, spec })
}
