import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { isReady } from '../conformance/node/node-suite.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { untilUnused } from './node-traces.node.ts'
import { FOREVER, shellPod, testKubelet, type TestKubelet } from './test-kubelet.node.ts'

const skip = await whyNoContainers()
const run = promisify(execFile)

describe('a node that is given what cannot work', { skip }, () => {
  let t: TestKubelet
  before(async () => {
    t = await testKubelet()
  })
  after(() => t?.[Symbol.asyncDispose]())
  const remove = async (name: string): Promise<void> => {
    await t.client.delete(Pod, { namespace: 'default', name })
    await t.untilGone(name)
  }
  const states = async (name: string, reason: string): Promise<Pod> =>
    t.until(name, ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === reason)
  const untilEvent = (name: string, text: string) =>
    eventually(async () => (await t.events(name)).some((event) => event.includes(text)))

  test('names a command that is not there, and what the runtime made of it', async () => {
    await t.run(shellPod('typo', '', { command: ['/no/such'] }))
    const { status } = await states('typo', 'RunContainerError')
    const [container] = status.containerStatuses!
    assert.match(
      container!.state.waiting!.message!,
      /^failed to create .*exec: "\/no\/such": .*no such file or directory/,
    )
    const ended = await t.until(
      'typo',
      (pod) => pod.status.containerStatuses?.[0]?.lastState.terminated !== undefined,
    )
    const { terminated } = ended.status.containerStatuses![0]!.lastState
    assert.deepEqual([terminated!.reason, terminated!.exitCode], ['StartError', 128])
    await remove('typo')
  })

  test('names an image that is not there, and one whose name is none', async () => {
    const image = 'localhost/none:1'
    await t.run(shellPod('absent', FOREVER, { image, imagePullPolicy: 'Never' }))
    const never = await states('absent', 'ErrImageNeverPull')
    assert.equal(
      never.status.containerStatuses![0]!.state.waiting!.message,
      `Container image "${image}" is not present with pull policy of Never`,
    )
    await t.run(shellPod('misnamed', FOREVER, { image: 'lower/UPPER' }))
    const misnamed = await states('misnamed', 'InvalidImageName')
    assert.equal(
      misnamed.status.containerStatuses![0]!.state.waiting!.message,
      `Failed to apply default image tag "lower/UPPER": couldn't parse image name "lower/UPPER": invalid reference format: repository name (lower/UPPER) must be lowercase`,
    )
    await Promise.all(['absent', 'misnamed'].map(remove))
  })

  test('refuses sysctls that are not safe', async () => {
    const securityContext = { sysctls: [{ name: 'kernel.msgmax', value: '8192' }] }
    await t.run(shellPod('unsafe', FOREVER, {}, { securityContext }))
    const { status } = await t.until('unsafe', (pod) => pod.status.phase === 'Failed')
    assert.deepEqual(
      [status.reason, status.message],
      ['SysctlForbidden', 'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted'],
    )
    await remove('unsafe')
  })

  test('names what a volume lacks', async () => {
    const volumes = [{ name: 'v', hostPath: { path: '/proc/version', type: 'Directory' as const } }]
    const volumeMounts = [{ name: 'v', mountPath: '/v' }]
    await t.run(shellPod('unreadable', FOREVER, { volumeMounts }, { volumes }))
    await untilEvent(
      'unreadable',
      'FailedMount MountVolume.SetUp failed for volume "v" : hostPath type check failed: /proc/version is not a directory',
    )
    await remove('unreadable')
  })

  test('waits for room on a full disk, and then runs what waited', async () => {
    const pods = join(t.node.dataDir, 'pods')
    await mkdir(pods, { recursive: true })
    // Directories of Pods before this one would be hidden below the mount, and stay.
    await untilUnused(t.node)
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', pods])
    try {
      const data = { large: 'x'.repeat(200_000) }
      await t.client.create(ConfigMap, { metadata: { name: 'large', namespace: 'default' }, data })
      const volumes = [{ name: 'v', configMap: { name: 'large' } }]
      const volumeMounts = [{ name: 'v', mountPath: '/v' }]
      await t.run(shellPod('squeezed', FOREVER, { volumeMounts }, { volumes }))
      await untilEvent('squeezed', 'no space left on device')
      await run('mount', ['-o', 'remount,size=64m', pods])
      await t.until('squeezed', isReady)
      await remove('squeezed')
    } finally {
      await run('umount', ['--lazy', pods])
    }
  })

  test('lets a Pod go whose mounts have vanished', async () => {
    const volumes = [{ name: 'v', emptyDir: { medium: 'Memory' } }]
    const volumeMounts = [{ name: 'v', mountPath: '/v' }]
    await t.run(shellPod('unmounted', FOREVER, { volumeMounts }, { volumes }))
    const { metadata } = await t.until('unmounted', isReady)
    await run('umount', ['--lazy', join(t.node.dataDir, 'pods', metadata.uid, 'volumes', 'v')])
    await t.run(shellPod('next', FOREVER))
    await t.until('next', isReady)
    await Promise.all(['unmounted', 'next'].map(remove))
    await untilUnused(t.node)
  })
})
