import { hostPorts, hostPortsConflict } from '../../api/core/v1/host-ports.ts'
import { matchesNodeAffinity } from '../../api/core/v1/node-affinity.ts'
import type { Node } from '../../api/core/v1/node.ts'
import { podRequests } from '../../api/core/v1/pod-resources.ts'
import { isExtended } from '../../api/core/v1/resource-names.ts'
import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { findUntoleratedTaint } from '../../api/core/v1/tolerations.ts'
import { quantityMilliValue, quantityValue } from '../../schema/quantity.ts'
import type { CpuManager } from '../cpus/cpu-manager.ts'
import type { MemoryManager } from '../memory/memory-manager.ts'
import type { Waiting } from './plan-types.ts'

/**
 * Why the node does not take a Pod that was bound to it; undefined where it does. The scheduler sees to all of this,
 * but Pods can be bound without it, and it may be late to see what others have bound.
 */
export function refusal(
  pod: Pod,
  others: readonly Pod[],
  node: Pick<Node, 'metadata' | 'spec'> | undefined,
  allocatable: Readonly<Record<string, string>>,
): Waiting | undefined {
  const active = others.filter(
    (each) => each.metadata.uid !== pod.metadata.uid && !isPodTerminal(each),
  )
  const rejected = (reason: string, message: string): Waiting => ({
    reason,
    message: `Pod was rejected: ${message}`,
  })
  if (node && !matchesNodeAffinity(pod.spec, node))
    return rejected(
      'NodeAffinity',
      "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    )
  const taken = active.flatMap(({ spec }) => hostPorts(spec))
  if (hostPorts(pod.spec).some((port) => taken.some((each) => hostPortsConflict(port, each))))
    return rejected(
      'NodePorts',
      "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    )
  if (node && findUntoleratedTaint(node.spec.taints, pod.spec.tolerations, ['NoExecute']))
    return rejected('TaintToleration', 'Predicate TaintToleration failed')
  const lacking = lack(pod, active, allocatable)
  return (
    lacking && rejected(`OutOf${lacking.name}`, `Node didn't have enough resource: ${lacking.text}`)
  )
}

/** Why a Pod that runs cannot have what it now asks for, as its condition PodResizePending says it. */
export function resizeRefusal(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): Waiting | undefined {
  const never = lack(pod, [], allocatable)
  if (never) {
    const { name, requested, capacity } = never
    const message = `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${capacity}`
    return { reason: 'Infeasible', message }
  }
  const active = others.filter(
    (each) => each.metadata.uid !== pod.metadata.uid && !isPodTerminal(each),
  )
  const now = lack(pod, active, allocatable)
  return now && { reason: 'Deferred', message: `Node didn't have enough resource: ${now.text}` }
}

/** Why a Pod that has CPUs or memory for itself is not resized. */
export function exclusiveRefusal(
  { metadata: { uid }, spec }: Pod,
  cpus: Pick<CpuManager, 'exclusive'>,
  memory: Pick<MemoryManager, 'blocks'>,
): Waiting | undefined {
  const beside = (policy: string): Waiting => ({
    reason: 'Infeasible',
    message: `Resize is infeasible for Guaranteed Pods alongside ${policy} static policy`,
  })
  if (spec.containers.some(({ name }) => cpus.exclusive(uid, name))) return beside('CPU Manager')
  if (spec.containers.some(({ name }) => memory.blocks(uid, name).length > 0))
    return beside('Memory Manager')
  return undefined
}

interface Lack {
  readonly name: string
  readonly requested: number
  readonly capacity: number
  readonly text: string
}

function lack(
  pod: Pod,
  active: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): Lack | undefined {
  const wanted: Readonly<Record<string, string>> = { pods: '1', ...podRequests(pod.spec) }
  const used = active.map(({ spec }): Readonly<Record<string, string>> => ({
    pods: '1',
    ...podRequests(spec),
  }))
  for (const [name, text] of Object.entries(wanted)) {
    const requested = amount(name, text)
    if (requested === 0) continue
    // What no plugin here has told of, somebody else counts.
    if (isExtended(name) && allocatable[name] === undefined) continue
    const inUse = used.reduce((sum, each) => sum + amount(name, each[name]), 0)
    const capacity = amount(name, allocatable[name])
    if (requested + inUse <= capacity) continue
    return {
      name,
      requested,
      capacity,
      text: `${name}, requested: ${requested}, used: ${inUse}, capacity: ${capacity}`,
    }
  }
  return undefined
}

function amount(name: string, text: string | undefined): number {
  return name === 'cpu' ? quantityMilliValue(text) : quantityValue(text)
}
