import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { Node } from '../../../src/api/core/v1/node.ts'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { quantityMilliValue, quantityValue } from '../../../src/schema/quantity.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { conformance } from '../conformance.ts'
import { isRunning, nodeSuite } from '../node/node-suite.node.ts'
import { withFirst, withVolumes } from './files-of-objects.ts'

const skip = await whyNoNodeCluster()
const RESOURCES = {
  limits: { cpu: '1250m', memory: '64Mi' },
  requests: { cpu: '250m', memory: '32Mi' },
}

interface Modes {
  readonly defaultMode?: number
  readonly itemMode?: number
}

/** A volume with one file, `f`. */
type VolumeOf = (item: object, modes?: Modes) => object

const plain: VolumeOf = (item, { defaultMode, itemMode } = {}) => ({
  downwardAPI: {
    items: [{ path: 'f', ...item, ...(itemMode !== undefined && { mode: itemMode }) }],
    ...(defaultMode !== undefined && { defaultMode }),
  },
})

const projected: VolumeOf = (item, { defaultMode, itemMode } = {}) => ({
  projected: {
    sources: [plain(item, itemMode === undefined ? {} : { itemMode })],
    ...(defaultMode !== undefined && { defaultMode }),
  },
})

const field = (fieldPath: string): object => ({ fieldRef: { fieldPath } })

describe('downward API volumes', { skip, concurrency: 2 }, () => {
  const suite = nodeSuite()

  const filesOf = (volumeOf: VolumeOf, label: string) => ({
    podName: async () => {
      const namespace = await suite().namespace(`${label}-name`)
      const pod = withVolumes('p', 'cat /v/f', { v: volumeOf(field('metadata.name')) })
      assert.equal(await suite().output(namespace, pod), 'p\n')
    },

    mode: (modes: Modes) => async () => {
      const namespace = await suite().namespace(`${label}-${Object.keys(modes)[0]!.toLowerCase()}`)
      const volume = volumeOf(field('metadata.name'), modes)
      const pod = withVolumes('p', 'stat -L -c %a /v/f', { v: volume })
      assert.equal(await suite().output(namespace, pod), '400\n')
    },

    updated: (what: 'labels' | 'annotations') => async () => {
      const namespace = await suite().namespace(`${label}-${what}`)
      const scripts = ['cat /v/f', 'until grep two /v/f; do sleep 0.1; done'] as const
      const pod = withFirst('p', scripts, { v: volumeOf(field(`metadata.${what}`)) })
      const metadata = { ...pod.metadata, [what]: { key: 'one' } }
      const asked = await suite().run(namespace, { ...pod, metadata })
      await suite().until(asked, isRunning)
      const patch = { metadata: { [what]: { key: 'two' } } }
      await suite().client.patch(Pod, asked.metadata, 'merge', patch)
      assert.equal(await suite().log(asked), 'key="two"\n')
      assert.match(await suite().log(asked, 'first'), /^key="one"$/m)
    },

    resource: (resource: string, value: string) => async () => {
      const namespace = await suite().namespace(`${label}-${resource.replace('.', '-')}`)
      const item = { resourceFieldRef: { containerName: 'main', resource } }
      assert.equal(await printed(namespace, volumeOf(item), RESOURCES), `${value}\n`)
    },

    allocatable: (what: 'cpu' | 'memory') => async () => {
      const namespace = await suite().namespace(`${label}-allocatable-${what}`)
      const divisor = what === 'cpu' ? '1m' : '1'
      const resourceFieldRef = { containerName: 'main', resource: `limits.${what}`, divisor }
      const said = await printed(namespace, volumeOf({ resourceFieldRef }), {})
      const { status } = await suite().client.get(Node, { name: suite().nodeName })
      const quantity = status.allocatable?.[what]
      const wanted = what === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity)
      assert.equal(said, `${wanted}\n`)
    },
  })

  const printed = async (namespace: string, volume: object, resources: object): Promise<string> => {
    const pod = withVolumes('p', 'cat /v/f', { v: volume })
    const containers = pod.spec!.containers.map((each) => ({ ...each, resources }))
    return suite().output(namespace, { ...pod, spec: { ...pod.spec, containers } })
  }

  describe('of their own', { concurrency: 8 }, () => {
    const files = filesOf(plain, 'downward')

    conformance(
      '[sig-storage] Downward API volume should provide podname only [Conformance] [NodeConformance]',
      files.podName,
    )
    conformance(
      '[sig-storage] Downward API volume should set DefaultMode on files [LinuxOnly] [Conformance] [NodeConformance]',
      files.mode({ defaultMode: 0o400 }),
    )
    conformance(
      '[sig-storage] Downward API volume should set mode on item file [LinuxOnly] [Conformance] [NodeConformance]',
      files.mode({ itemMode: 0o400 }),
    )
    conformance(
      '[sig-storage] Downward API volume should update labels on modification [Conformance] [NodeConformance]',
      files.updated('labels'),
    )
    conformance(
      '[sig-storage] Downward API volume should update annotations on modification [Conformance] [NodeConformance]',
      files.updated('annotations'),
    )
    conformance(
      "[sig-storage] Downward API volume should provide container's cpu limit [Conformance] [NodeConformance]",
      files.resource('limits.cpu', '2'),
    )
    conformance(
      "[sig-storage] Downward API volume should provide container's memory limit [Conformance] [NodeConformance]",
      files.resource('limits.memory', String(64 * 1024 ** 2)),
    )
    conformance(
      "[sig-storage] Downward API volume should provide container's cpu request [Conformance] [NodeConformance]",
      files.resource('requests.cpu', '1'),
    )
    conformance(
      "[sig-storage] Downward API volume should provide container's memory request [Conformance] [NodeConformance]",
      files.resource('requests.memory', String(32 * 1024 ** 2)),
    )
    conformance(
      '[sig-storage] Downward API volume should provide node allocatable (cpu) as default cpu limit if the limit is not set [Conformance] [NodeConformance]',
      files.allocatable('cpu'),
    )
    conformance(
      '[sig-storage] Downward API volume should provide node allocatable (memory) as default memory limit if the limit is not set [Conformance] [NodeConformance]',
      files.allocatable('memory'),
    )
  })

  describe('projected', { concurrency: 8 }, () => {
    const files = filesOf(projected, 'projected-downward')

    conformance(
      '[sig-storage] Projected downwardAPI should provide podname only [Conformance] [NodeConformance]',
      files.podName,
    )
    conformance(
      '[sig-storage] Projected downwardAPI should set DefaultMode on files [LinuxOnly] [Conformance] [NodeConformance]',
      files.mode({ defaultMode: 0o400 }),
    )
    conformance(
      '[sig-storage] Projected downwardAPI should set mode on item file [LinuxOnly] [Conformance] [NodeConformance]',
      files.mode({ itemMode: 0o400 }),
    )
    conformance(
      '[sig-storage] Projected downwardAPI should update labels on modification [Conformance] [NodeConformance]',
      files.updated('labels'),
    )
    conformance(
      '[sig-storage] Projected downwardAPI should update annotations on modification [Conformance] [NodeConformance]',
      files.updated('annotations'),
    )
    conformance(
      "[sig-storage] Projected downwardAPI should provide container's cpu limit [Conformance] [NodeConformance]",
      files.resource('limits.cpu', '2'),
    )
    conformance(
      "[sig-storage] Projected downwardAPI should provide container's memory limit [Conformance] [NodeConformance]",
      files.resource('limits.memory', String(64 * 1024 ** 2)),
    )
    conformance(
      "[sig-storage] Projected downwardAPI should provide container's cpu request [Conformance] [NodeConformance]",
      files.resource('requests.cpu', '1'),
    )
    conformance(
      "[sig-storage] Projected downwardAPI should provide container's memory request [Conformance] [NodeConformance]",
      files.resource('requests.memory', String(32 * 1024 ** 2)),
    )
    conformance(
      '[sig-storage] Projected downwardAPI should provide node allocatable (cpu) as default cpu limit if the limit is not set [Conformance] [NodeConformance]',
      files.allocatable('cpu'),
    )
    conformance(
      '[sig-storage] Projected downwardAPI should provide node allocatable (memory) as default memory limit if the limit is not set [Conformance] [NodeConformance]',
      files.allocatable('memory'),
    )
  })
})
