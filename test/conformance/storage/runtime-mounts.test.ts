import assert from 'node:assert/strict'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { isPodTerminal } from '../../../src/api/core/v1/pod-conditions.ts'
import type { Pod } from '../../../src/api/core/v1/pod.ts'
import { Secret } from '../../../src/api/core/v1/secret.ts'
import { run } from '../../../src/kubelet/containerd/run.node.ts'
import { MODERN_PATH } from '../../containerd/test-node.node.ts'
import { busyboxImage } from '../../images/busybox-archive.node.ts'
import { testRegistry, type TestRegistry } from '../../images/registry.node.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { conformance } from '../conformance.ts'
import { nodeSuite, once } from '../node/node-suite.node.ts'
import { withVolumes } from './files-of-objects.ts'

const skip = await whyNoNodeCluster(MODERN_PATH)

describe('mounts that a recent runtime makes', { skip, concurrency: 4 }, () => {
  const suite = nodeSuite({ path: MODERN_PATH })

  describe('images', () => {
    let registry: TestRegistry
    before(async () => {
      const files = [
        { path: 'file', type: 'file', content: new TextEncoder().encode('hello\n') } as const,
      ]
      registry = await testRegistry([await busyboxImage({ name: 'content:1', files })])
    })
    after(() => registry[Symbol.asyncDispose]())
    const image = (name: string) => ({
      image: { reference: `${registry.host}/${name}`, pullPolicy: 'Always' as const },
    })

    conformance(
      '[sig-node] ImageVolume should succeed with pod and pull policy of Always [LinuxOnly] [MinimumKubeletVersion:1.35] [Conformance]',
      async () => {
        const namespace = await suite().namespace('image-volume')
        const script = 'cat /v/file; touch /v/other 2>&1; true'
        const pod = withVolumes('p', script, { v: image('content:1') })
        assert.equal(
          await suite().output(namespace, pod),
          'hello\ntouch: /v/other: Read-only file system\n',
        )
        assert.ok(registry.requests.some((each) => each.includes('/v2/content/manifests/1')))
      },
    )

    const waiting = ({ status }: Pod) => status.containerStatuses?.[0]?.state.waiting

    test('one that is not there keeps its container waiting', async () => {
      const namespace = await suite().namespace('image-missing')
      const pod = withVolumes('p', 'true', { v: image('missing:1') })
      const created = await suite().run(namespace, pod)
      const { status } = await suite().until(created, (each) =>
        /^(ErrImagePull|ImagePullBackOff)$/.test(waiting(each)?.reason ?? ''),
      )
      assert.match(status.containerStatuses![0]!.state.waiting!.message!, /missing:1/)
    })

    test('a part of one is mounted, or its container waits where the runtime cannot', async () => {
      const namespace = await suite().namespace('image-part')
      const volumeMounts = [{ name: 'v', mountPath: '/v', subPath: 'bin' }]
      const volumes = [{ name: 'v', ...image('content:1') }]
      const pod = once('p', 'test -e /v/sh && test ! -e /v/file', { volumeMounts }, { volumes })
      const created = await suite().run(namespace, pod)
      const { status } = await suite().until(
        created,
        (each) => isPodTerminal(each) || waiting(each)?.reason === 'CreateContainerConfigError',
      )
      if (status.phase === 'Pending')
        assert.equal(
          status.containerStatuses![0]!.state.waiting!.message,
          'volume "v" is an image, of which the container runtime cannot mount the part "bin"',
        )
      else assert.equal(status.phase, 'Succeeded')
    })
  })

  test('what is mounted below a read-only mount is read-only where that is asked', async (t) => {
    const path = join(suite().node.dataDir, 'recursive')
    await mkdir(join(path, 'below'), { recursive: true })
    await run('mount', ['-t', 'tmpfs', 'tmpfs', join(path, 'below')])
    t.after(() => run('umount', [join(path, 'below')]))
    const namespace = await suite().namespace('recursive')
    const mount = { name: 'v', readOnly: true }
    const volumeMounts = [
      { ...mount, mountPath: '/plain' },
      { ...mount, mountPath: '/recursive', recursiveReadOnly: 'Enabled' },
      { ...mount, mountPath: '/possible', recursiveReadOnly: 'IfPossible' },
    ]
    const script = 'for d in plain recursive possible; do touch /$d/below/$d 2>&1; done; true'
    const volumes = [{ name: 'v', hostPath: { path } }]
    const pod = await suite().run(namespace, once('p', script, { volumeMounts }, { volumes }))
    assert.equal(
      await suite().log(pod),
      'touch: /recursive/below/recursive: Read-only file system\n' +
        'touch: /possible/below/possible: Read-only file system\n',
    )
    assert.deepEqual(await readdir(join(path, 'below')), ['plain'])
    const { status } = await suite().until(pod, ({ status: { phase } }) => phase === 'Succeeded')
    assert.deepEqual(
      status.containerStatuses![0]!.volumeMounts!.slice(0, 3).map((each) => each.recursiveReadOnly),
      ['Disabled', 'Enabled', 'Enabled'],
    )
  })

  test('files of a Pod with users of its own have the same owners inside and outside', async () => {
    const namespace = await suite().namespace('users')
    await suite().client.create(Secret, {
      metadata: { name: 's', namespace },
      stringData: { key: 'hidden' },
    })
    const script = 'cat /proc/self/uid_map; touch /e/f; stat -Lc %u /e/f /s/key; cat /s/key'
    const volumes = { e: { emptyDir: {} }, s: { secret: { secretName: 's' } } }
    const pod = withVolumes('p', script, volumes, { hostUsers: false })
    const created = await suite().run(namespace, pod)
    const text = await suite().log(created)
    assert.match(text, /^ *0 +\d{5,} +65536\n0\n0\nhidden\n$/)
    const file = join(suite().node.dataDir, 'pods', created.metadata.uid, 'volumes/e/f')
    assert.equal((await stat(file)).uid, 0)
  })
})
