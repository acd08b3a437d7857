import { load } from './measured.ts'
import type { Figure, Row } from './row.ts'
import { measureScheduling, type SchedulerLoad } from './scheduler-load.ts'

const NODES = 5000
const ZONE = 'topology.kubernetes.io/zone'
const HOSTNAME = 'kubernetes.io/hostname'

const inZones = (count: number) => (i: number) => ({ labels: { [ZONE]: `zone-${i % count}` } })
const asking = (cpu: string, more: object = {}) => ({
  spec: {
    containers: [
      { name: 'pause', image: 'registry.k8s.io/pause:3.10', resources: { requests: { cpu } } },
    ],
    ...more,
  },
})
// There is no node agent here that would end Pods gracefully.
const GONE_AT_ONCE = { terminationGracePeriodSeconds: 0 }
const labelled = (color: string, spec: object) => () => ({ labels: { color }, spec })
const term = (color: string, topologyKey: string) => ({
  labelSelector: { matchLabels: { color } },
  topologyKey,
})
const requiring = (kind: 'podAffinity' | 'podAntiAffinity', color: string, topologyKey: string) =>
  labelled(color, {
    affinity: {
      [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [term(color, topologyKey)] },
    },
  })

/** The loads of upstream's scheduler_perf, with fewer Pods. */
const LOADS: Readonly<
  Record<string, { readonly what: string; readonly goal: string; readonly load: SchedulerLoad }>
> = {
  basic: {
    what: `Pods on ${NODES} nodes`,
    goal: '2000',
    load: {
      nodes: NODES,
      before: { count: 1000, pod: () => ({}) },
      measured: { count: 5000, pod: () => ({}) },
    },
  },
  preemption: {
    what: `Pods that push out three others each on ${NODES} nodes`,
    goal: '600',
    load: {
      nodes: NODES,
      priorityClasses: [{ metadata: { name: 'high' }, value: 10 }],
      before: { count: 4 * NODES, pod: () => asking('900m', GONE_AT_ONCE) },
      measured: { count: 1000, pod: () => asking('3', { priorityClassName: 'high' }) },
    },
  },
  'topology spread': {
    what: `Pods spread over 3 zones of ${NODES} nodes`,
    goal: '700',
    load: {
      nodes: NODES,
      nodeOf: inZones(3),
      before: { count: 5000, pod: () => ({}) },
      measured: {
        count: 2000,
        pod: labelled('blue', {
          topologySpreadConstraints: [
            {
              maxSkew: 5,
              topologyKey: ZONE,
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: { color: 'blue' } },
            },
          ],
        }),
      },
    },
  },
  'anti-affinity': {
    what: `Pods that want nodes to themselves, of ${NODES}`,
    goal: '300',
    load: {
      nodes: NODES,
      before: { count: 1000, pod: requiring('podAntiAffinity', 'green', HOSTNAME) },
      measured: { count: 2000, pod: requiring('podAntiAffinity', 'green', HOSTNAME) },
    },
  },
  affinity: {
    what: `Pods that want to be in the zone of others, ${NODES} nodes`,
    goal: '350',
    load: {
      nodes: NODES,
      nodeOf: inZones(1),
      before: { count: 5000, pod: labelled('blue', {}) },
      measured: { count: 2000, pod: requiring('podAffinity', 'blue', ZONE) },
    },
  },
  daemonset: {
    what: 'Pods for one node by its name, of 15000',
    goal: '1500',
    load: {
      nodes: 15_000,
      nodeOf: (i) => (i === 0 ? { pods: '90000' } : {}),
      measured: {
        count: 5000,
        pod: () => asking('0', { affinity: { nodeAffinity: NODE_ZERO } }),
      },
    },
  },
}

const NODE_ZERO = {
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [
      { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-0'] }] },
    ],
  },
}

export const SCHEDULER_ROWS: readonly Row[] = Object.entries(LOADS).map(
  ([name, { what, goal, load: scheduling }]) => ({
    name: `scheduling-${name.replaceAll(' ', '-')}`,
    what,
    async measure(): Promise<Figure[]> {
      const { wall, cpu } = await measureScheduling(scheduling)
      const note = `by processor time ${Math.round(cpu)}; ${load()}`
      return [{ name, value: wall, unit: 'binds/s', goal, note }]
    },
  }),
)
