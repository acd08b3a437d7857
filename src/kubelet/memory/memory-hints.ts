import type { Hints, TopologyHint } from '../topology/hints.ts'
import { byNarrowness } from '../topology/merge-hints.ts'
import { isWithin, masksOver, nodesOf, sizeOf, type NumaMask } from '../topology/numa-mask.ts'
import { isFreeGroup, sumOver, type MemoryAmounts, type MemoryMap } from './memory-map.ts'

/** What containers before this one leave to it, from exactly these nodes. */
export type LeftMemory = (nodes: readonly number[], type: string) => number

/** The groups of nodes that can give so much of everything, those preferred that are as small as the machine allows. */
export function memoryHints(
  map: MemoryMap,
  wanted: MemoryAmounts,
  left: LeftMemory = () => 0,
): readonly TopologyHint[] {
  const amounts = Object.entries(wanted)
  const large = masksOver([...map.keys()]).filter((mask) =>
    amounts.every(([type, size]) => sumOver(map, nodesOf(mask), type, 'allocatable') >= size),
  )
  const least = large.length === 0 ? 0 : sizeOf(large[0]!)
  return large
    .filter((mask) => fits(map, mask, wanted, left))
    .map((mask) => ({
      affinity: mask,
      isPreferred: sizeOf(mask) === least,
    }))
}

function fits(map: MemoryMap, mask: NumaMask, wanted: MemoryAmounts, left: LeftMemory): boolean {
  const nodes = nodesOf(mask)
  return (
    isFreeGroup(map, nodes) &&
    Object.entries(wanted).every(
      ([type, size]) => sumOver(map, nodes, type, 'free') + left(nodes, type) >= size,
    )
  )
}

/** The same hints for each kind of memory, which come from the same nodes. */
export function forAll(wanted: MemoryAmounts, hints: readonly TopologyHint[]): Hints {
  return new Map(Object.keys(wanted).map((type) => [type, hints]))
}

/** The best of those that have all nodes of `within`: preferred, then narrow. */
export function bestHint(
  hints: readonly TopologyHint[],
  within: NumaMask,
): (TopologyHint & { readonly affinity: NumaMask }) | undefined {
  return hints
    .flatMap(({ affinity = 0, isPreferred }) =>
      isWithin(within, affinity) ? [{ affinity, isPreferred }] : [],
    )
    .toSorted(
      (a, b) =>
        Number(b.isPreferred) - Number(a.isPreferred) || byNarrowness(a.affinity, b.affinity),
    )[0]
}
