import type { Hints, TopologyHint } from './hints.ts'
import { sizeOf, type NumaMask } from './numa-mask.ts'

/** Which of two masks is the better one; negative where it is the first. */
export type Comparison = (a: NumaMask, b: NumaMask) => number

/** The narrower mask, and of masks of the same size that of lower nodes. */
export function byNarrowness(a: NumaMask, b: NumaMask): number {
  return sizeOf(a) - sizeOf(b) || a - b
}

const ANYWHERE: TopologyHint = { affinity: undefined, isPreferred: true }
const NOWHERE: TopologyHint = { affinity: undefined, isPreferred: false }

/** What each resource of each provider says; those that say nothing do not mind. */
export function hintLists(given: readonly Hints[]): readonly (readonly TopologyHint[])[] {
  return given.flatMap((hints) =>
    hints.size === 0
      ? [[ANYWHERE]]
      : [...hints.values()].map((list) =>
          list === undefined ? [ANYWHERE] : list.length === 0 ? [NOWHERE] : list,
        ),
  )
}

/**
 * The best hint that follows from taking one of each list: what they have in common, preferred where all of them are
 * preferred and equal. Of two nodes with lists [{0}, {0,1}] and [{1}, {0,1}] only {0}, {1} and {0,1} come out, none
 * of them preferred unless both name {0,1} so.
 */
export function mergeHints(
  all: NumaMask,
  lists: readonly (readonly TopologyHint[])[],
  compare: Comparison,
): TopologyHint & { readonly affinity: NumaMask } {
  const wanted = widestNeed(lists)
  const found = combinations(all, lists).filter(({ affinity }) => affinity !== 0)
  const best = found.toSorted((a, b) => compareHints(a, b, wanted, compare))[0]
  return best ?? { affinity: all, isPreferred: false }
}

interface Merged extends TopologyHint {
  readonly affinity: NumaMask
}

/** All that can come out, each once: their number is bounded by that of masks, whatever that of lists. */
function combinations(
  all: NumaMask,
  lists: readonly (readonly TopologyHint[])[],
): readonly Merged[] {
  // While a combination is preferred, its hints are equal, so that its mask stands for all of them.
  interface Partial extends TopologyHint {
    readonly mask: NumaMask
  }
  let partial: readonly Partial[] = [{ mask: all, affinity: undefined, isPreferred: true }]
  for (const list of lists) {
    const next = new Map<string, Partial>()
    for (const before of partial)
      for (const { affinity, isPreferred } of list) {
        const isEqual =
          affinity === undefined || before.affinity === undefined || affinity === before.affinity
        const joined: Partial = {
          mask: affinity === undefined ? before.mask : before.mask & affinity,
          affinity: before.affinity ?? affinity,
          isPreferred: before.isPreferred && isPreferred && isEqual,
        }
        next.set(
          `${joined.mask} ${joined.isPreferred ? joined.affinity : ''} ${joined.isPreferred}`,
          joined,
        )
      }
    partial = [...next.values()]
  }
  return partial.map(({ mask, isPreferred }) => ({ affinity: mask, isPreferred }))
}

/** How many nodes the one needs that needs most. */
function widestNeed(lists: readonly (readonly TopologyHint[])[]): number {
  const least = lists.map((list) => {
    const sizes = list.flatMap(({ affinity }) => (affinity === undefined ? [] : [sizeOf(affinity)]))
    return sizes.length === 0 ? 0 : Math.min(...sizes)
  })
  return Math.max(0, ...least)
}

/** Preferred ones first; of those that are not, the ones of a size next to what is needed, and not above it. */
function compareHints(a: Merged, b: Merged, wanted: number, compare: Comparison): number {
  if (a.isPreferred !== b.isPreferred) return a.isPreferred ? -1 : 1
  if (a.isPreferred) return compare(a.affinity, b.affinity)
  const [sizeA, sizeB] = [sizeOf(a.affinity), sizeOf(b.affinity)]
  const [isOverA, isOverB] = [sizeA > wanted, sizeB > wanted]
  if (isOverA !== isOverB) return isOverA ? 1 : -1
  if (!isOverA && sizeA !== sizeB) return sizeB - sizeA
  return compare(a.affinity, b.affinity)
}
