import type { Pod } from '../../api/core/v1/pod.ts'
import type { ClusterCache } from '../cache/cluster-cache.ts'
import type { NodeInfo } from '../cache/node-info.ts'
import { podInfo, type PodInfo } from '../cache/pod-info.ts'
import { CycleState } from '../framework/cycle-state.ts'
import type { Profile } from '../framework/profile.ts'
import { messageOf, type Status } from '../framework/status.ts'
import { changeFor, type Surroundings } from './changes.ts'

/** Why one node does not take a Pod. */
export interface NodeExplanation {
  readonly node: string
  readonly fits: boolean
  /** The check that it failed, by the plugin's name, and the words of that. */
  readonly plugin?: string
  readonly reason?: string
  /** The smallest change that would pass this check, where there is one to name. */
  readonly change?: string
  /** What else stands in the way there. */
  readonly others?: readonly FailedCheck[]
}

/** A check that a Pod failed on a node. */
export interface FailedCheck extends Pick<NodeExplanation, 'change'> {
  readonly plugin: string
  readonly reason: string
}

export interface Explanation {
  readonly pod: string
  /** What holds the Pod back before any node is looked at. */
  readonly heldBack?: string
  readonly nodes: readonly NodeExplanation[]
  /** Servers that have a say in which of the nodes that fit are taken. */
  readonly extenders?: readonly string[]
}

/** Tells of each node why a Pod does not fit on it, and what would help. Changes nothing. */
export function explain(
  pod: Pod,
  profile: Profile,
  cluster: ClusterCache,
  labelsOf: Surroundings['labelsOf'] = () => undefined,
): Explanation {
  const { namespace, name } = pod.metadata
  const key = `${namespace}/${name}`
  const gated = profile.preEnqueue(pod)
  if (gated) return { pod: key, heldBack: messageOf(gated), nodes: [] }
  const info = podInfo(pod)
  const around = { nodes: cluster.list(), labelsOf }
  const state = new CycleState()
  const outcome = profile.preFilter(state, info, cluster)
  if (outcome.type === 'stop') return { pod: key, heldBack: messageOf(outcome.status), nodes: [] }
  return {
    pod: key,
    nodes: around.nodes.map((node) => {
      const failures = failuresOn(profile, state, info, node)
      const [first, ...others] = failures.map((each) => checked(each, info, node, around))
      if (!first) return { node: node.name, fits: true }
      return { node: node.name, fits: false, ...first, ...(others.length > 0 && { others }) }
    }),
  }
}

/** All objections, where a cycle is content with the first. */
function failuresOn(
  { filters }: Profile,
  state: CycleState,
  pod: PodInfo,
  node: NodeInfo,
): readonly Failure[] {
  return filters
    .filter(({ name }) => !state.skipFilter.has(name))
    .flatMap((plugin) => {
      const status = plugin.filter(state, pod, node)
      return status ? [{ plugin: plugin.name, status }] : []
    })
}

interface Failure {
  readonly plugin: string
  readonly status: Status
}

function checked(
  { plugin, status }: Failure,
  pod: PodInfo,
  node: NodeInfo,
  around: Surroundings,
): FailedCheck {
  const change = changeFor(plugin, pod, node, around)
  return { plugin, reason: messageOf(status), ...(change !== undefined && { change }) }
}
