import type { Pod } from '../../api/core/v1/pod.ts'
import { hostPortsConflict } from '../../api/core/v1/host-ports.ts'
import { findUntoleratedTaint } from '../../api/core/v1/tolerations.ts'
import type { ClusterCache } from '../cache/cluster-cache.ts'
import type { NodeInfo } from '../cache/node-info.ts'
import { podInfo, type PodInfo } from '../cache/pod-info.ts'
import { CycleState } from '../framework/cycle-state.ts'
import type { Profile } from '../framework/profile.ts'
import { messageOf, type Status } from '../framework/status.ts'
import { shortages, type Shortage } from '../plugins/node-resources/fit.ts'

/** Why one node does not take a Pod. */
export interface NodeExplanation {
  readonly node: string
  readonly fits: boolean
  /** The check that it failed, by the plugin's name, and the words of that. */
  readonly plugin?: string
  readonly reason?: string
  /** The smallest change that would pass this check, where there is one to name. */
  readonly change?: string
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
export function explain(pod: Pod, profile: Profile, cluster: ClusterCache): Explanation {
  const { namespace, name } = pod.metadata
  const key = `${namespace}/${name}`
  const gated = profile.preEnqueue(pod)
  if (gated) return { pod: key, heldBack: messageOf(gated), nodes: [] }
  const info = podInfo(pod)
  const state = new CycleState()
  const outcome = profile.preFilter(state, info, cluster)
  if (outcome.type === 'stop') return { pod: key, heldBack: messageOf(outcome.status), nodes: [] }
  return {
    pod: key,
    nodes: cluster.list().map((node) => {
      const status = profile.filter(state, info, node)
      return status ? rejected(info, node, status) : { node: node.name, fits: true }
    }),
  }
}

function rejected(pod: PodInfo, node: NodeInfo, status: Status): NodeExplanation {
  const { plugin } = status
  const change = plugin === undefined ? undefined : CHANGES[plugin]?.(pod, node)
  return {
    node: node.name,
    fits: false,
    ...(plugin !== undefined && { plugin }),
    reason: messageOf(status),
    ...(change !== undefined && { change }),
  }
}

type Suggest = (pod: PodInfo, node: NodeInfo) => string | undefined

const CHANGES: Readonly<Record<string, Suggest>> = {
  NodeName: ({ pod }) => `remove spec.nodeName ${pod.spec.nodeName ?? ''} from the Pod`,
  NodeUnschedulable: (_pod, { name }) => `kubectl uncordon ${name}`,
  TaintToleration: ({ pod }, { node }) => {
    const taint = findUntoleratedTaint(node.spec.taints, pod.spec.tolerations, [
      'NoSchedule',
      'NoExecute',
    ])
    if (!taint) return undefined
    const { key, value, effect } = taint
    const text = `${key}${value ? `=${value}` : ''}:${effect}`
    return `tolerate ${text} in the Pod, or kubectl taint node ${node.metadata.name} ${text}-`
  },
  NodeAffinity: ({ pod }, { name, labels }) => {
    const missing = Object.entries(pod.spec.nodeSelector ?? {}).filter(
      ([key, value]) => labels[key] !== value,
    )
    return missing.length > 0
      ? `kubectl label node ${name} --overwrite ${missing.map(([key, value]) => `${key}=${value}`).join(' ')}`
      : undefined
  },
  NodePorts: ({ ports }, node) => {
    const port = ports.find((each) => node.ports.some((other) => hostPortsConflict(each, other)))
    return port && `free port ${port.hostPort}/${port.protocol} of the node, or ask for another`
  },
  NodeResourcesFit: (pod, node) => shortages(pod, node).map(shortageText).join('; '),
}

function shortageText({ resource, requested, used, capacity }: Shortage): string {
  if (resource === 'pods') return `remove a Pod of the node, which has room for ${capacity}`
  const free = Math.max(0, capacity - used)
  const ask = `ask for at most ${amount(resource, free)} ${resource} instead of ${amount(resource, requested)}`
  return requested > capacity ? ask : `${ask}, or free ${amount(resource, requested - free)}`
}

function amount(resource: string, value: number): string {
  if (resource === 'cpu') return value % 1000 === 0 ? `${value / 1000}` : `${value}m`
  const isBytes = resource === 'memory' || resource === 'ephemeral-storage'
  return isBytes && value >= MIB ? `${Math.floor(value / MIB)}Mi` : `${value}`
}

const MIB = 1024 * 1024
