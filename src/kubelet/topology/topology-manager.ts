import type { Container } from '../../api/core/v1/container.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { AllocationError } from '../allocation-error.ts'
import { turns } from '../images/turns.ts'
import type { HintProvider, Hints, TopologyHint } from './hints.ts'
import { byNarrowness } from './merge-hints.ts'
import type { NumaNode } from './numa.ts'
import { ANYWHERE, byDistance, topologyVerdict, type TopologyPolicy } from './policies.ts'
import { inStartOrder } from './start-order.ts'

export interface TopologyManagerOptions {
  readonly policy: TopologyPolicy
  /** Whether containers are aligned each by itself, or together. */
  readonly scope: 'container' | 'pod'
  /** The option `prefer-closest-numa-nodes`. */
  readonly prefersClosest: boolean
  readonly nodes: readonly NumaNode[]
  /** Asked, and let give, in this order. */
  readonly providers: readonly HintProvider[]
  /** Told of each alignment that is asked for, and whether there is one. */
  readonly observe?: (isAdmitted: boolean) => void
}

/** Gives Pods what they are to have of the machine for themselves, from NUMA nodes that suit all who give (KEP-693). */
export interface TopologyManager {
  /** Gives a Pod what it asks for; nothing more where it has that already. Rejects with an `AllocationError`. */
  allocate(pod: Pod, signal: AbortSignal): Promise<void>
  /** The Pods that have any, by uid. */
  holders(): readonly string[]
  /** Nothing of the Pod runs any more. */
  release(uid: string): Promise<void>
}

export function topologyManager(options: TopologyManagerOptions): TopologyManager {
  const { policy, scope, nodes, providers } = options
  const compare = options.prefersClosest ? byDistance(nodes) : byNarrowness
  const done = new Set<string>() // The Pods that have all they asked for.
  const inTurn = turns(1) // So that nothing is given twice.

  const align = (hints: (provider: HintProvider) => Hints): TopologyHint => {
    if (policy === 'none') return ANYWHERE
    const { hint, isAdmitted } = topologyVerdict(policy, compare, nodes, providers.map(hints))
    options.observe?.(isAdmitted)
    if (isAdmitted) return hint
    throw new AllocationError(
      'Resources cannot be allocated with Topology locality',
      'TopologyAffinityError',
    )
  }
  const give = async (pod: Pod, signal: AbortSignal): Promise<void> => {
    const together = scope === 'pod' ? align((each) => each.podHints(pod)) : undefined
    const hintFor = (container: Container): TopologyHint =>
      together ?? align((each) => each.hints(pod, container))
    for (const { container } of inStartOrder(pod)) {
      const hint = hintFor(container)
      for (const provider of providers) await provider.allocate(pod, container, hint, signal)
    }
    const gave = providers.filter((each) => each.holders().includes(pod.metadata.uid))
    await Promise.all(gave.map((provider) => provider.keep()))
  }
  const holders = () => [...new Set(providers.flatMap((provider) => provider.holders()))]
  const release = async (uid: string): Promise<void> => {
    for (const provider of providers) await provider.release(uid)
  }
  return {
    async allocate(pod, signal) {
      const { uid } = pod.metadata
      if (done.has(uid) || !providers.some((provider) => provider.concerns(pod))) return
      await inTurn(async () => {
        try {
          await give(pod, signal)
          done.add(uid)
        } catch (error) {
          await release(uid)
          throw error
        }
      }, signal)
    },
    holders,
    async release(uid) {
      done.delete(uid)
      if (holders().includes(uid)) await inTurn(() => release(uid))
    },
  }
}
