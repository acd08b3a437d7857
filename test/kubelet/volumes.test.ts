import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { Secret } from '../../src/api/core/v1/secret.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { shellPod, testKubelet, type TestKubelet } from './test-kubelet.node.ts'

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
      eventually(
        async () => {
          const path = t.kubelet.find('default', 'v')?.container('main')?.logPath
          const text = path === undefined ? '' : await readFile(path, 'utf8').catch(() => '')
          assert.equal(text.replaceAll(/^\S+ \S+ \S+ /gm, ''), wanted)
          return true as const
        },
        { timeoutMs: 20_000 },
      )
    await says('onehiddenone\n1\n')
    await t.client.patch(ConfigMap, metadata, 'merge', { data: { key: 'two' } })
    await says('onehiddenone\n1\ntwoone\n')
    await t.client.delete(Pod, metadata)
    await t.untilGone('v')
  })
})
