import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { conformance } from '../conformance.ts'
import { isRunning, nodeSuite, once, shell, IMAGE } from '../node/node-suite.node.ts'
import { configMaps, projected, secrets, type ApiSource } from './api-source.ts'
import { withVolumes } from './files-of-objects.ts'

const skip = await whyNoNodeCluster()

describe('directories', { skip, concurrency: 3 }, () => {
  const suite = nodeSuite()

  describe('emptyDir', { concurrency: 8 }, () => {
    const volume = (medium: string): object => ({
      emptyDir: medium === 'tmpfs' ? { medium: 'Memory' } : {},
    })
    const onMemory = (medium: string): string => (medium === 'tmpfs' ? '1\n' : '0\n')
    const COUNT = 'grep -c "^tmpfs /v " /proc/mounts'

    const written = (who: string, mode: string, medium: string) => async () => {
      const namespace = await suite().namespace(`empty-${who}-${mode}-${medium}`)
      const script = `echo content > /v/f; chmod ${mode} /v/f; stat -c "%a %u" /v/f; cat /v/f; ${COUNT}`
      const user = who === 'root' ? 0 : 1001
      const spec = { securityContext: { runAsUser: user } }
      const pod = withVolumes('p', script, { v: volume(medium) }, spec)
      const wanted = `${mode} ${user}\ncontent\n${onMemory(medium)}`
      assert.equal(await suite().output(namespace, pod), wanted)
    }
    const opened = (medium: string) => async () => {
      const namespace = await suite().namespace(`empty-mode-${medium}`)
      const pod = withVolumes('p', `stat -c %a /v; ${COUNT}`, { v: volume(medium) })
      assert.equal(await suite().output(namespace, pod), `777\n${onMemory(medium)}`)
    }

    conformance(
      '[sig-storage] EmptyDir volumes should support (non-root,0644,default) [LinuxOnly] [Conformance] [NodeConformance]',
      written('non-root', '644', 'default'),
    )
    conformance(
      '[sig-storage] EmptyDir volumes should support (non-root,0644,tmpfs) [LinuxOnly] [Conformance] [NodeConformance]',
      written('non-root', '644', 'tmpfs'),
    )
    conformance(
      '[sig-storage] EmptyDir volumes should support (non-root,0666,default) [LinuxOnly] [Conformance] [NodeConformance]',
      written('non-root', '666', 'default'),
    )
    conformance(
      '[sig-storage] EmptyDir volumes should support (non-root,0666,tmpfs) [LinuxOnly] [Conformance] [NodeConformance]',
      written('non-root', '666', 'tmpfs'),
    )
    conformance(
      '[sig-storage] EmptyDir volumes should support (non-root,0777,default) [LinuxOnly] [Conformance] [NodeConformance]',
      written('non-root', '777', 'default'),
    )
    conformance(
      '[sig-storage] EmptyDir volumes should support (non-root,0777,tmpfs) [LinuxOnly] [Conformance] [NodeConformance]',
      written('non-root', '777', 'tmpfs'),
    )
    conformance(
      '[sig-storage] EmptyDir volumes should support (root,0644,default) [LinuxOnly] [Conformance] [NodeConformance]',
      written('root', '644', 'default'),
    )
    conformance(
      '[sig-storage] EmptyDir volumes should support (root,0644,tmpfs) [LinuxOnly] [Conformance] [NodeConformance]',
      written('root', '644', 'tmpfs'),
    )
    conformance(
      '[sig-storage] EmptyDir volumes should support (root,0666,default) [LinuxOnly] [Conformance] [NodeConformance]',
      written('root', '666', 'default'),
    )
    conformance(
      '[sig-storage] EmptyDir volumes should support (root,0666,tmpfs) [LinuxOnly] [Conformance] [NodeConformance]',
      written('root', '666', 'tmpfs'),
    )
    conformance(
      '[sig-storage] EmptyDir volumes should support (root,0777,default) [LinuxOnly] [Conformance] [NodeConformance]',
      written('root', '777', 'default'),
    )
    conformance(
      '[sig-storage] EmptyDir volumes should support (root,0777,tmpfs) [LinuxOnly] [Conformance] [NodeConformance]',
      written('root', '777', 'tmpfs'),
    )

    conformance(
      '[sig-storage] EmptyDir volumes volume on default medium should have the correct mode [LinuxOnly] [Conformance] [NodeConformance]',
      opened('default'),
    )
    conformance(
      '[sig-storage] EmptyDir volumes volume on tmpfs should have the correct mode [LinuxOnly] [Conformance] [NodeConformance]',
      opened('tmpfs'),
    )

    conformance(
      '[sig-storage] EmptyDir volumes pod should support shared volumes between containers [Conformance]',
      async () => {
        const namespace = await suite().namespace('empty-shared')
        const volumeMounts = [{ name: 'v', mountPath: '/v' }]
        const writer = {
          name: 'writer',
          image: IMAGE,
          command: [
            'sh',
            '-c',
            'echo "Hello from the busy-box sub-container" > /v/t; mv /v/t /v/f',
          ],
          volumeMounts,
        }
        const { spec } = once('p', 'until [ -e /v/f ]; do sleep 0.1; done; cat /v/f', {
          volumeMounts,
        })
        const pod = {
          metadata: { name: 'p' },
          spec: {
            ...spec!,
            containers: [...spec!.containers, writer],
            volumes: [{ name: 'v', emptyDir: {} }],
          },
        }
        assert.equal(
          await suite().output(namespace, pod),
          'Hello from the busy-box sub-container\n',
        )
      },
    )
  })

  describe('subPath', { concurrency: 8 }, () => {
    const part =
      (label: string, volume: object, mountPath: string, create = noObject) =>
      async () => {
        const namespace = await suite().namespace(`part-${label}`)
        await create(namespace)
        const volumeMounts = [{ name: 'v', mountPath, subPath: 'key' }]
        const spec = { volumes: [{ name: 'v', ...volume }] }
        const pod = once('p', `cat ${mountPath}`, { volumeMounts }, spec)
        assert.equal(await suite().output(namespace, pod), 'part-value\n')
      }
    const noObject = async (_namespace: string): Promise<void> => undefined
    const object = (source: ApiSource) => async (namespace: string) => {
      await source.create(suite().client, { namespace, name: 'o' }, { key: 'part-value' })
    }
    const ofConfigMap = configMaps.volume('o')
    const fieldRef = { fieldPath: "metadata.labels['part']" }

    conformance(
      '[sig-storage] Subpath Atomic writer volumes should support subpaths with secret pod [Conformance]',
      part('secret', secrets.volume('o'), '/part', object(secrets)),
    )
    conformance(
      '[sig-storage] Subpath Atomic writer volumes should support subpaths with configmap pod [Conformance]',
      part('config-map', ofConfigMap, '/part', object(configMaps)),
    )
    conformance(
      '[sig-storage] Subpath Atomic writer volumes should support subpaths with configmap pod with mountPath of existing file [Conformance]',
      part('existing', ofConfigMap, '/etc/passwd', object(configMaps)),
    )
    conformance(
      '[sig-storage] Subpath Atomic writer volumes should support subpaths with projected pod [Conformance]',
      part('projected', projected(configMaps).volume('o'), '/part', object(configMaps)),
    )

    conformance(
      '[sig-storage] Subpath Atomic writer volumes should support subpaths with downward pod [Conformance]',
      async () => {
        const namespace = await suite().namespace('part-downward')
        const volumeMounts = [{ name: 'v', mountPath: '/part', subPath: 'sub/key' }]
        const volumes = [{ name: 'v', downwardAPI: { items: [{ path: 'sub/key', fieldRef }] } }]
        const pod = once('p', 'cat /part', { volumeMounts }, { volumes })
        const metadata = { name: 'p', labels: { part: 'part-value' } }
        assert.equal(await suite().output(namespace, { ...pod, metadata }), 'part-value\n')
      },
    )
  })

  describe('subPathExpr', { concurrency: 8 }, () => {
    const volumes = [{ name: 'v', emptyDir: {} }]
    const ANNOTATION = "metadata.annotations['mysubpath']"
    const name = { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }
    const annotation = { name: 'ANNOTATION', valueFrom: { fieldRef: { fieldPath: ANNOTATION } } }

    conformance(
      '[sig-storage] Variable Expansion should allow substituting values in a volume subpath [Conformance]',
      async () => {
        const namespace = await suite().namespace('expanded')
        const volumeMounts = [
          { name: 'v', mountPath: '/logs', subPathExpr: '$(POD_NAME)' },
          { name: 'v', mountPath: '/all' },
        ]
        const container = { env: [name], volumeMounts }
        const pod = once('p', 'touch /logs/f; ls /all /all/p', container, { volumes })
        assert.equal(await suite().output(namespace, pod), '/all:\np\n\n/all/p:\nf\n')
      },
    )

    const refused = (label: string, value: string) => async () => {
      const namespace = await suite().namespace(`refused-${label}`)
      const volumeMounts = [{ name: 'v', mountPath: '/logs', subPathExpr: '$(POD_NAME)' }]
      const env = [{ name: 'POD_NAME', value }]
      const pod = await suite().run(
        namespace,
        once('p', 'true', { env, volumeMounts }, { volumes }),
      )
      const { status } = await suite().until(pod, isRefused)
      assert.equal(status.phase, 'Pending')
    }
    const isRefused = ({ status }: Pod): boolean =>
      status.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError'

    conformance(
      '[sig-storage] Variable Expansion should fail substituting values in a volume subpath with backticks [Conformance]',
      refused('backticks', '..'),
    )
    conformance(
      '[sig-storage] Variable Expansion should fail substituting values in a volume subpath with absolute path [Conformance]',
      refused('absolute', '/tmp'),
    )

    /** A Pod whose subPath stands in its annotation. */
    const annotated = (annotations: Readonly<Record<string, string>>) => {
      const volumeMounts = [
        { name: 'v', mountPath: '/sub', subPathExpr: '$(ANNOTATION)/$(POD_NAME)' },
        { name: 'v', mountPath: '/all' },
      ]
      const pod = shell(
        'p',
        'touch /sub/f; sleep 1000',
        { env: [name, annotation], volumeMounts },
        { volumes },
      )
      return { ...pod, metadata: { name: 'p', annotations } }
    }
    const annotate = (pod: Pod, mysubpath: string) =>
      suite().client.patch(Pod, pod.metadata, 'merge', { metadata: { annotations: { mysubpath } } })
    const run = async (pod: Pod, ...command: string[]): Promise<boolean> => {
      const { namespace, name: podName } = pod.metadata
      const { id } = suite().kubelet.find(namespace, podName)!.container('main')!
      return (await suite().node.runtime.execSync(id, command, 5)).exitCode === 0
    }

    conformance(
      '[sig-storage] Variable Expansion should verify that a failing subpath expansion can be modified during the lifecycle of a container [Conformance] [Slow]',
      async () => {
        const namespace = await suite().namespace('mended')
        const pod = await suite().run(namespace, annotated({ notmysubpath: 'mypath' }))
        await suite().until(pod, isRefused)
        await annotate(pod, 'mypath')
        await suite().until(pod, isRunning)
        await suite().client.delete(Pod, pod.metadata)
        await suite().untilGone(pod)
      },
    )

    conformance(
      '[sig-storage] Variable Expansion should succeed in writing subpaths in container [Conformance]',
      async () => {
        const namespace = await suite().namespace('written')
        const pod = await suite().run(namespace, annotated({ mysubpath: 'mypath' }))
        await suite().until(pod, isRunning)
        const isThere = () => run(pod, 'test', '-f', '/all/mypath/p/f')
        await eventually(isThere)
        // What is mounted stays where it is.
        await annotate(pod, 'mynewpath')
        assert.equal(await run(pod, 'touch', '/sub/more'), true)
        assert.equal(await run(pod, 'test', '-f', '/all/mypath/p/more'), true)
      },
    )
  })
})
