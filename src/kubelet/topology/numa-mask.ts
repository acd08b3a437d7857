/** NUMA nodes as bits: node 0 is bit 0. Nodes above `NUMA_NODE_MAX` do not fit. */
export type NumaMask = number

export const NUMA_NODE_MAX = 30

export function maskOf(nodes: Iterable<number>): NumaMask {
  return [...nodes].reduce((mask, node) => mask | (1 << node), 0)
}

export function nodesOf(mask: NumaMask): readonly number[] {
  return Array.from({ length: NUMA_NODE_MAX + 1 }, (_, node) => node).filter((node) =>
    hasNode(mask, node),
  )
}

export function hasNode(mask: NumaMask, node: number): boolean {
  return (mask & (1 << node)) !== 0
}

/** How many nodes there are in it. */
export function sizeOf(mask: NumaMask): number {
  let size = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) size += 1
  return size
}

export function isWithin(mask: NumaMask, other: NumaMask): boolean {
  return (mask & other) === mask
}

/** All masks of some of these nodes, those of fewer nodes first. */
export function masksOver(nodes: readonly number[]): readonly NumaMask[] {
  const all = nodes.reduce<NumaMask[]>(
    (masks, node) => [...masks, ...masks.map((mask) => mask | (1 << node))],
    [0],
  )
  return all.filter((mask) => mask !== 0).toSorted((a, b) => sizeOf(a) - sizeOf(b) || a - b)
}
