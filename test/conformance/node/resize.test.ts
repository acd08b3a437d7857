import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { Pod } from '../../../src/api/core/v1/pod.ts'
import type { ResourceRequirements } from '../../../src/api/core/v1/resources.ts'
import { equal } from '../../../src/apimachinery/equality.ts'
import { quantityMilliValue, quantityValue } from '../../../src/schema/quantity.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { conformance } from '../conformance.ts'
import { IMAGE, isReady, nodeSuite } from './node-suite.node.ts'

const skip = await whyNoNodeCluster()

type Resources = Pick<ResourceRequirements, 'limits' | 'requests'>

const guaranteed = (cpu: string, memory: string): Resources => {
  const amounts = { cpu, memory }
  return { limits: amounts, requests: amounts }
}

describe('resizing Pods in place', { skip, concurrency: 3 }, () => {
  const suite = nodeSuite()
  const start = async (name: string, all: readonly Resources[]): Promise<Pod> => {
    const containers = all.map((resources, i) => ({
      name: `c${i + 1}`,
      image: IMAGE,
      command: ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 0.2; done'],
      resources,
    }))
    const spec = { containers, terminationGracePeriodSeconds: 1 }
    const pod = await suite().run(await suite().namespace(name), { metadata: { name }, spec })
    return suite().until(pod, isReady)
  }
  const pathOf = ({ metadata: { namespace, name } }: Pod): string =>
    `/api/v1/namespaces/${namespace}/pods/${name}/resize`
  const resize = (pod: Pod, all: readonly Resources[]) => {
    const containers = all.map((resources, i) => ({ name: `c${i + 1}`, resources }))
    const type = 'application/strategic-merge-patch+json'
    return suite().rest.patch(pathOf(pod), { spec: { containers } }, type)
  }

  /** Waits until all containers have what they are to have, which none was started anew for. */
  const untilResized = async (pod: Pod, all: readonly Resources[]): Promise<void> => {
    const wanted = all.map(({ limits = {}, requests = {} }) => ({ limits, requests }))
    const resized = await suite().until(pod, ({ status, spec }) => {
      const statuses = spec.containers.map(({ name }) =>
        status.containerStatuses!.find((each) => each.name === name),
      )
      const seen = statuses.map((each) => ({
        limits: each?.resources?.limits ?? {},
        requests: each?.resources?.requests ?? {},
      }))
      return (
        equal(seen, wanted) && !status.conditions!.some(({ type }) => type.startsWith('PodResize'))
      )
    })
    assert.ok(resized.status.containerStatuses!.every(({ restartCount }) => restartCount === 0))
    for (const [i, { limits, requests }] of all.entries())
      await assertInEffect(resized, `c${i + 1}`, limits, requests)
  }

  /** What the kernel has for the container. */
  const assertInEffect = async (
    pod: Pod,
    name: string,
    limits: Resources['limits'],
    requests: Resources['requests'],
  ): Promise<void> => {
    const { namespace } = pod.metadata
    const { id } = suite().kubelet.find(namespace, pod.metadata.name)!.container(name)!
    const read = async (file: string): Promise<string> => {
      const { stdout, exitCode } = await suite().node.runtime.execSync(id, ['cat', file], 5)
      return exitCode === 0 ? new TextDecoder().decode(stdout).trim() : ''
    }
    const shares = await read('/sys/fs/cgroup/cpu/cpu.shares')
    if (shares === '') return // Version 2 of cgroups.
    const request = quantityMilliValue(requests?.['cpu'] ?? limits?.['cpu'])
    assert.equal(shares, String(Math.max(2, Math.floor((request * 1024) / 1000))))
    const memory = limits?.['memory']
    if (memory)
      assert.equal(
        await read('/sys/fs/cgroup/memory/memory.limit_in_bytes'),
        String(quantityValue(memory)),
      )
  }

  const show = async (name: string, from: readonly Resources[], to: readonly Resources[]) => {
    const pod = await start(name, from)
    await resize(pod, to)
    await untilResized(pod, to)
    await resize(pod, from)
    await untilResized(pod, from)
  }

  const three = [
    guaranteed('100m', '100Mi'),
    guaranteed('100m', '100Mi'),
    guaranteed('100m', '100Mi'),
  ]

  conformance(
    '[sig-node] Pod InPlace Resize Container guaranteed pods with multiple containers 3 containers - increase cpu & mem on c1, c2, decrease cpu & mem on c3 - net increase [MinimumKubeletVersion:1.34] [Conformance]',
    () =>
      show('net-increase', three, [
        guaranteed('120m', '120Mi'),
        guaranteed('120m', '120Mi'),
        guaranteed('90m', '90Mi'),
      ]),
  )

  conformance(
    '[sig-node] Pod InPlace Resize Container guaranteed pods with multiple containers 3 containers - increase cpu & mem on c1, decrease cpu & mem on c2, c3 - net decrease [MinimumKubeletVersion:1.34] [Conformance]',
    () =>
      show('net-decrease', three, [
        guaranteed('110m', '110Mi'),
        guaranteed('80m', '80Mi'),
        guaranteed('80m', '80Mi'),
      ]),
  )

  conformance(
    '[sig-node] Pod InPlace Resize Container guaranteed pods with multiple containers 3 containers - increase: CPU (c1,c3), memory (c2, c3) ; decrease: CPU (c2) [MinimumKubeletVersion:1.34] [Conformance]',
    () =>
      show('mixed', three, [
        guaranteed('120m', '100Mi'),
        guaranteed('90m', '120Mi'),
        guaranteed('120m', '120Mi'),
      ]),
  )

  conformance(
    '[sig-node] Pod InPlace Resize Container burstable pods - extended resize with equivalents [MinimumKubeletVersion:1.34] [Conformance]',
    () =>
      show(
        'equivalents',
        [{ requests: { cpu: '2m' }, limits: { cpu: '10m' } }],
        [{ requests: { cpu: '1m' }, limits: { cpu: '5m' } }],
      ),
  )

  conformance(
    '[sig-node] Pod InPlace Resize Container burstable pods - extended 6 containers - various operations performed (including adding limits and requests) [MinimumKubeletVersion:1.34] [Conformance]',
    async () => {
      const requests = { cpu: '20m', memory: '20Mi' }
      const limits = { cpu: '40m', memory: '40Mi' }
      const pod = await start('six', [
        {},
        { requests },
        { requests, limits },
        { limits, requests: limits },
        { requests },
        { requests, limits },
      ])
      const to: readonly Resources[] = [
        { requests },
        { requests, limits },
        { requests: { cpu: '30m', memory: '30Mi' }, limits: { cpu: '50m', memory: '50Mi' } },
        { requests, limits },
        { requests: { cpu: '10m', memory: '10Mi' } },
        { requests, limits: { cpu: '60m', memory: '60Mi' } },
      ]
      await resize(pod, to)
      await untilResized(pod, to)
    },
  )

  conformance(
    '[sig-node] Pod InPlace Resize Container resize pod via the replace endpoint [MinimumKubeletVersion:1.34] [Conformance]',
    async () => {
      const pod = await start('replaced', [guaranteed('100m', '100Mi')])
      const read = await suite().rest.get(pathOf(pod))
      assert.equal(read.metadata.uid, pod.metadata.uid)
      const spec = read['spec'] as Pod['spec']
      const resources = guaranteed('110m', '110Mi')
      const containers = [{ ...spec.containers[0], resources }]
      await suite().rest.put(pathOf(pod), { ...read, spec: { ...spec, containers } })
      await untilResized(pod, [resources])
    },
  )
})
