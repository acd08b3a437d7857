import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { Secret } from '../../src/api/core/v1/secret.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { IMAGE, whyNoContainers } from '../containerd/test-node.node.ts'
import { logOf } from './log-of.node.ts'
import { FOREVER, shellPod, testKubelet, type TestKubelet } from './test-kubelet.node.ts'

const skip = await whyNoContainers()

describe('volumes of Pods', { skip }, () => {
  let t: TestKubelet
  before(async () => {
    t = await testKubelet()
  })
  after(() => t[Symbol.asyncDispose]())

  test('containers see keys, a key by subPath, and changes', async () => {
    const metadata = { name: 'v', namespace: 'default' }
    await t.client.create(ConfigMap, { metadata, data: { key: 'one' } })
    await t.client.create(Secret, { metadata, stringData: { key: 'hidden' } })
    const script =
      'cat /c/key /s/key /part; echo; grep -c "^tmpfs /s " /proc/mounts; ' +
      'until grep -q two /c/key; do sleep 0.05; done; cat /c/key /part; echo; ' +
      'trap "exit 0" TERM; while true; do sleep 0.05; done'
    const volumeMounts = [
      { name: 'c', mountPath: '/c' },
      { name: 's', mountPath: '/s' },
      { name: 'c', mountPath: '/part', subPath: 'key' },
    ]
    const volumes = [
      { name: 'c', configMap: { name: 'v' } },
      { name: 's', secret: { secretName: 'v' } },
    ]
    await t.run(shellPod('v', script, { volumeMounts }, { volumes }))
    const says = (wanted: string): Promise<true> =>
      eventually(async () => {
        const path = t.kubelet.find('default', 'v')?.container('main')?.logPath
        const text = path === undefined ? '' : await readFile(path, 'utf8').catch(() => '')
        assert.equal(text.replaceAll(/^\S+ \S+ \S+ /gm, ''), wanted)
        return true as const
      })
    await says('onehiddenone\n1\n')
    await t.client.patch(ConfigMap, metadata, 'merge', { data: { key: 'two' } })
    await says('onehiddenone\n1\ntwoone\n')
    await t.client.delete(Pod, metadata)
    await t.untilGone('v')
  })

  test('a mount that the runtime cannot make read-only with all below it is refused', async (s) => {
    const { runtimeHandlers } = await t.node.runtime.status()
    if (runtimeHandlers.some(({ features }) => features?.recursiveReadOnlyMounts))
      return s.skip('this runtime can')
    const mount = { name: 'e', mountPath: '/e', readOnly: true, recursiveReadOnly: 'Enabled' }
    const volumes = [{ name: 'e', emptyDir: {} }]
    await t.run(shellPod('recursive', FOREVER, { volumeMounts: [mount] }, { volumes }))
    const waiting = ({ status }: Pod) => status.containerStatuses?.[0]?.state.waiting
    const pod = await t.until('recursive', (each) => waiting(each)?.message !== undefined)
    assert.deepEqual(waiting(pod), {
      reason: 'CreateContainerConfigError',
      message:
        'volume "e" requested recursive read-only mode, but it is not supported by the runtime',
    })
    await t.client.delete(Pod, pod.metadata)
    await t.untilGone('recursive')
  })

  test('a container waits whose image volume the runtime cannot mount, and its Pod says so', async (s) => {
    const { runtimeVersion } = await t.node.runtime.version()
    if (!/^v?1\./.test(runtimeVersion)) return s.skip('this runtime can')
    const volumeMounts = [{ name: 'i', mountPath: '/i' }]
    const volumes = [{ name: 'i', image: { reference: IMAGE } }]
    await t.run(shellPod('image', FOREVER, { volumeMounts }, { volumes }))
    const waiting = ({ status }: Pod) => status.containerStatuses?.[0]?.state.waiting
    const pod = await t.until('image', (each) => waiting(each)?.message !== undefined)
    assert.equal(waiting(pod)?.reason, 'CreateContainerError')
    await t.client.delete(Pod, pod.metadata)
    await t.untilGone('image')
  })

  test('files that tell resources follow a resize', async () => {
    const items = [
      {
        path: 'cpu',
        resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' },
      },
    ]
    const resources = (cpu: string) => ({ limits: { cpu }, requests: { cpu } })
    const script = `until grep -q 200 /d/cpu; do sleep 0.05; done; echo seen; ${FOREVER}`
    const created = await t.run(
      shellPod(
        'told',
        script,
        { resources: resources('100m'), volumeMounts: [{ name: 'd', mountPath: '/d' }] },
        { volumes: [{ name: 'd', downwardAPI: { items } }] },
      ),
    )
    const pod = await t.until('told', ({ status }) => status.phase === 'Running')
    const [container] = pod.spec.containers
    await t.client.updateSubresource(Pod, pod.metadata, 'resize', {
      ...pod,
      spec: { ...pod.spec, containers: [{ ...container!, resources: resources('200m') }] },
    })
    await eventually(async () => (await logOf(t.kubelet, created, 'main')) === 'seen\n')
    await t.client.delete(Pod, pod.metadata)
    await t.untilGone('told')
  })
})
