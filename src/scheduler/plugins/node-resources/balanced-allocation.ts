import { MAX_SCORE, type Plugin } from '../../framework/plugin.ts'
import { SKIP } from '../../framework/status.ts'
import type { NodeInfo } from '../../cache/node-info.ts'
import { DEFAULT_RESOURCES, isExtended, type ResourceSpec } from './scoring-strategy.ts'

export interface BalancedAllocationArgs {
  readonly resources?: readonly ResourceSpec[]
}

/** Prefers nodes on which processor and memory would be used to the same share, so that neither is left over. */
export function nodeResourcesBalancedAllocation({
  resources = DEFAULT_RESOURCES,
}: BalancedAllocationArgs = {}): Plugin {
  return {
    name: 'NodeResourcesBalancedAllocation',
    looksAt: ({ requests }) => requests.key(),
    preScore: (_state, { requests }) =>
      resources.every(({ name }) => requests.get(name) === 0) ? SKIP : undefined,
    score(_state, { requests }, node) {
      const shares: number[] = []
      for (const { name } of resources) {
        const allocatable = node.allocatable.get(name)
        const own = requests.get(name)
        if (allocatable === 0 || (isExtended(name) && own === 0)) continue
        shares.push(Math.min((requestedOf(node, name) + own) / allocatable, 1))
      }
      return Math.trunc((1 - deviation(shares)) * MAX_SCORE)
    },
  }
}

function requestedOf({ requested }: NodeInfo, name: string): number {
  return requested.get(name)
}

/** The standard deviation. Of two values it is half their difference. */
function deviation(shares: readonly number[]): number {
  if (shares.length === 2) return Math.abs((shares[0]! - shares[1]!) / 2)
  if (shares.length < 2) return 0
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length
  return Math.sqrt(variance)
}
