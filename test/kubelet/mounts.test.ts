import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { Secret } from '../../src/api/core/v1/secret.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { run } from '../../src/kubelet/containerd/run.node.ts'
import { mountTmpfs, unmountBelow } from '../../src/kubelet/volumes/mounts.node.ts'
import { IMAGE, whyNoContainers } from '../containerd/test-node.node.ts'
import { logOf } from './log-of.node.ts'
import { FOREVER, shellPod, testKubelet, type TestKubelet } from './test-kubelet.node.ts'

const skip = await whyNoContainers()

describe('mounts of Pods', { skip, concurrency: 3 }, () => {
  let t: TestKubelet
  before(async () => {
    t = await testKubelet()
  })
  after(() => t[Symbol.asyncDispose]())

  const log = async (pod: Pod, name = 'main') => logOf(t.kubelet, pod, name).catch(() => '')
  const remove = async ({ metadata }: Pod): Promise<void> => {
    await t.client.delete(Pod, metadata)
    await t.untilGone(metadata.name)
  }

  test('reach other containers as far as their propagation says', async (s) => {
    const path = join(t.node.dataDir, 'shared')
    await mkdir(path)
    await run('mount', ['--bind', path, path])
    await run('mount', ['--make-rshared', path])
    s.after(() => unmountBelow(path))
    const container = (name: string, script: string, extra: object, mount: object = {}) => ({
      name,
      image: IMAGE,
      command: ['sh', '-c', script],
      volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }],
      ...extra,
    })
    const look = `until [ -e /v/done ]; do sleep 0.05; done; ls /v/below; ${FOREVER}`
    const make = `mkdir /v/below; mount -t tmpfs tmpfs /v/below; touch /v/below/seen /v/done; ${FOREVER}`
    const privileged = { securityContext: { privileged: true } }
    const containers = [
      container('follower', look, {}, { mountPropagation: 'HostToContainer' }),
      container('alone', look, {}),
      container('maker', make, privileged, { mountPropagation: 'Bidirectional' }),
    ]
    const volumes = [{ name: 'v', hostPath: { path } }]
    const pod = await t.run({
      ...shellPod('propagation', ''),
      spec: { containers, volumes, terminationGracePeriodSeconds: 2 },
    })
    await t.until('propagation', ({ status }) => status.phase === 'Running')
    await eventually(async () => (await log(pod, 'follower')) === 'seen\n')
    assert.equal(await log(pod, 'alone'), '')
    await remove(pod)
  })

  test('that somebody took away are made again for the next container', async () => {
    const metadata = { name: 'vanished', namespace: 'default' }
    await t.client.create(Secret, { metadata, stringData: { key: 'hidden' } })
    const script = `cat /s/key; echo; [ -e /once/f ] && { ${FOREVER}; }; touch /once/f; until [ -e /once/go ]; do sleep 0.05; done`
    const volumeMounts = [
      { name: 's', mountPath: '/s' },
      { name: 'once', mountPath: '/once' },
    ]
    const volumes = [
      { name: 's', secret: { secretName: 'vanished' } },
      { name: 'once', emptyDir: {} },
    ]
    const pod = await t.run(shellPod('vanished', script, { volumeMounts }, { volumes }))
    await eventually(async () => (await log(pod)) === 'hidden\n')
    const directory = join(t.node.dataDir, 'pods', pod.metadata.uid, 'volumes')
    await run('umount', [join(directory, 's')])
    await run('touch', [join(directory, 'once/go')])
    const { status } = await t.until(
      'vanished',
      (each) => each.status.containerStatuses?.[0]?.restartCount === 1,
    )
    assert.equal(status.phase, 'Running')
    await eventually(async () => (await log(pod)) === 'hidden\n')
    await remove(pod)
  })

  test('in memory hold as much as they may, and no more', async () => {
    const volumes = [{ name: 'm', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }]
    const script =
      'dd if=/dev/zero of=/m/f bs=1k count=2000 2>&1 | grep -o "No space left on device"; stat -c %s /m/f'
    const volumeMounts = [{ name: 'm', mountPath: '/m' }]
    const pod = await t.run(
      shellPod('small', script, { volumeMounts }, { volumes, restartPolicy: 'Never' }),
    )
    await t.until('small', ({ status }) => status.phase === 'Succeeded')
    assert.equal(await log(pod), `No space left on device\n${2 ** 20}\n`)
    await remove(pod)
  })

  test('a full disk is told of, and the Pod runs once there is room', async () => {
    const metadata = { name: 'large', namespace: 'default' }
    await t.client.create(ConfigMap, { metadata, data: { key: 'x'.repeat(500_000) } })
    const volumes = [{ name: 'c', configMap: { name: 'large' } }]
    const volumeMounts = [{ name: 'c', mountPath: '/c' }]
    const script = `wc -c < /c/key; ${FOREVER}`
    const pod = await t.client.create(Pod, shellPod('large', script, { volumeMounts }, { volumes }))
    const disk = join(t.node.dataDir, 'pods', pod.metadata.uid, 'volumes/c')
    await mkdir(disk, { recursive: true })
    await mountTmpfs(disk, 64 * 1024)
    await t.client.createSubresource(Pod, metadata, 'binding', {
      metadata,
      target: { kind: 'Node', name: 'test' },
    })
    const told = 'FailedMount MountVolume.SetUp failed for volume "c" : '
    await eventually(async () =>
      (await t.events('large')).some(
        (each) => each.startsWith(told) && each.includes('no space left on device'),
      ),
    )
    await run('mount', ['-o', 'remount,size=4M', disk])
    await eventually(async () => (await log(pod)) === '500000\n')
    await remove(pod)
  })
})
