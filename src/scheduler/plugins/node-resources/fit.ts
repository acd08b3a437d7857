import type { NodeInfo } from '../../cache/node-info.ts'
import { podInfo, type PodInfo } from '../../cache/pod-info.ts'
import { amountsFrom } from '../../cache/resources.ts'
import {
  ADD,
  DELETE,
  NODE_ALLOCATABLE,
  on,
  POD_SCALE_DOWN,
  queueIf,
  UPDATE,
} from '../../framework/cluster-event.ts'
import type { Plugin } from '../../framework/plugin.ts'
import { quantityValue } from '../../../schema/quantity.ts'
import { unschedulable, type Status } from '../../framework/status.ts'
import { scorer, type ScoringStrategy } from './scoring-strategy.ts'

export interface NodeResourcesFitArgs {
  /** Resources that are somebody else's business, by name. */
  readonly ignoredResources?: readonly string[]
  /** As ignoredResources, by what stands before the slash. */
  readonly ignoredResourceGroups?: readonly string[]
  readonly scoringStrategy?: ScoringStrategy
}

/** Whether devices may stand for an extended resource that a node has none of by itself. */
export type HasDevices = (resource: string) => boolean

/** What a node has too little of. */
export interface Shortage {
  readonly resource: string
  readonly requested: number
  readonly used: number
  readonly capacity: number
  /** The node would have too little even if it were empty. */
  readonly unresolvable: boolean
}

/** Keeps Pods to nodes with enough left, and prefers by how much is. */
export function nodeResourcesFit(
  {
    ignoredResources = [],
    ignoredResourceGroups = [],
    scoringStrategy = { type: 'LeastAllocated' },
  }: NodeResourcesFitArgs = {},
  hasDevices: HasDevices = () => false,
): Plugin {
  const isIgnored = (name: string): boolean =>
    ignoredResources.includes(name) || ignoredResourceGroups.includes(name.split('/', 1)[0]!)
  const score = scorer(scoringStrategy)
  return {
    name: 'NodeResourcesFit',
    events: [
      on('AssignedPod', DELETE | POD_SCALE_DOWN, (pod, { before, after }) =>
        queueIf(
          before !== undefined && frees(podInfo(before), after && podInfo(after), podInfo(pod)),
        ),
      ),
      on('UnscheduledPod', POD_SCALE_DOWN, (pod, { after }) =>
        queueIf(after?.metadata.uid === pod.metadata.uid),
      ),
      on('DeviceClass', ADD | UPDATE, (pod) =>
        queueIf(podInfo(pod).requests.scalars !== undefined),
      ),
      on('Node', ADD | NODE_ALLOCATABLE, (pod, { after }) => {
        if (!after) return 'Skip'
        // Whether it fits beside what runs there, the next cycle tells; an empty node must do at least.
        const { requests } = podInfo(pod)
        const allocatable = amountsFrom(after.status.allocatable)
        const { pods } = after.status.allocatable ?? {}
        return queueIf(
          quantityValue(pods) >= 1 &&
            requests.milliCPU <= allocatable.milliCPU &&
            requests.memory <= allocatable.memory &&
            requests.ephemeralStorage <= allocatable.ephemeralStorage &&
            [...(requests.scalars ?? [])].every(
              ([name, amount]) =>
                isIgnored(name) || hasDevices(name) || amount <= allocatable.get(name),
            ),
        )
      }),
    ],
    looksAt({ requests, nonZeroCPU, nonZeroMemory }) {
      for (const name of requests.scalars?.keys() ?? []) if (hasDevices(name)) return undefined
      return [...requests.key(), nonZeroCPU, nonZeroMemory]
    },
    filter: (_state, pod, node) =>
      fits(pod, node)
        ? undefined
        : rejection(
            shortages(
              pod,
              node,
              (name) => isIgnored(name) || (node.allocatable.get(name) === 0 && hasDevices(name)),
            ),
          ),
    score: (_state, pod, node) => score(pod, node),
  }
}

// Nearly every node is settled by these few comparisons.
function fits(
  { requests }: PodInfo,
  { allocatable, requested, podCount, allowedPods }: NodeInfo,
): boolean {
  return (
    podCount < allowedPods &&
    requests.scalars === undefined &&
    (requests.milliCPU === 0 || requests.milliCPU <= allocatable.milliCPU - requested.milliCPU) &&
    (requests.memory === 0 || requests.memory <= allocatable.memory - requested.memory) &&
    (requests.ephemeralStorage === 0 ||
      requests.ephemeralStorage <= allocatable.ephemeralStorage - requested.ephemeralStorage)
  )
}

/** All that the node has too little of for the Pod. */
export function shortages(
  { requests }: Pick<PodInfo, 'requests'>,
  node: NodeInfo,
  isIgnored: (name: string) => boolean = () => false,
): readonly Shortage[] {
  const found: Shortage[] = []
  if (node.podCount + 1 > node.allowedPods) {
    const [used, capacity] = [node.podCount, node.allowedPods]
    found.push({ resource: 'pods', requested: 1, used, capacity, unresolvable: false })
  }
  const check = (resource: string, requested: number): void => {
    const used = node.requested.get(resource)
    const capacity = node.allocatable.get(resource)
    if (requested === 0 || requested <= capacity - used) return
    found.push({ resource, requested, used, capacity, unresolvable: requested > capacity })
  }
  check('cpu', requests.milliCPU)
  check('memory', requests.memory)
  check('ephemeral-storage', requests.ephemeralStorage)
  for (const [name, amount] of requests.scalars ?? []) if (!isIgnored(name)) check(name, amount)
  return found
}

function rejection(found: readonly Shortage[]): Status | undefined {
  if (found.length === 0) return undefined
  const reasons = found.map(({ resource }) =>
    resource === 'pods' ? 'Too many pods' : `Insufficient ${resource}`,
  )
  const code = found.some(({ unresolvable }) => unresolvable)
    ? 'UnschedulableAndUnresolvable'
    : 'Unschedulable'
  return code === 'Unschedulable' ? unschedulable(...reasons) : { code, reasons }
}

/** Whether less is taken now of something that the waiting Pod needs; a Pod that is gone leaves its place too. */
function frees(before: PodInfo, after: PodInfo | undefined, waiting: PodInfo): boolean {
  if (!after) return before.pod.spec.nodeName !== undefined && before.pod.spec.nodeName !== ''
  return ['cpu', 'memory', 'ephemeral-storage', ...(waiting.requests.scalars?.keys() ?? [])].some(
    (name) =>
      waiting.requests.get(name) > 0 && before.requests.get(name) > after.requests.get(name),
  )
}
