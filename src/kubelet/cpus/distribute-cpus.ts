import { masksOver, nodesOf, sizeOf } from '../topology/numa-mask.ts'
import { takeCpus, type Cpu, type TakeCpusOptions } from './take-cpus.ts'

/**
 * As `takeCpus()`, but where more than one NUMA node is needed, as many from each, in groups of `groupSize`; among the
 * fewest nodes that can do so those that leave the machine the most even. (`distribute-cpus-across-numa`)
 */
export function distributeCpus(
  all: readonly Cpu[],
  free: ReadonlySet<number>,
  count: number,
  groupSize: number,
  options: TakeCpusOptions = {},
): readonly number[] | undefined {
  const packed = (from: ReadonlySet<number>, n: number) => takeCpus(all, from, n, options)
  if (count % groupSize !== 0 || free.size < count) return packed(free, count)
  const byNode = new Map(
    [...Map.groupBy(all, ({ numaNode }) => numaNode)].map(([node, cpus]) => [
      node,
      cpus.flatMap(({ id }) => (free.has(id) ? [id] : [])),
    ]),
  )
  const sizes = new Map([...byNode].map(([node, ids]) => [node, ids.length]))
  const shares = evenShares(sizes, count, groupSize)
  if (!shares) return packed(free, count)
  const taken = [...shares].map(([node, share]) => packed(new Set(byNode.get(node)), share))
  // A node may have enough CPUs, but not in whole groups.
  if (taken.includes(undefined)) return packed(free, count)
  return taken.flatMap((each) => each ?? []).toSorted((a, b) => a - b)
}

/** How many CPUs come from each node; undefined where they cannot be spread evenly. */
function evenShares(
  sizes: ReadonlyMap<number, number>,
  count: number,
  groupSize: number,
): ReadonlyMap<number, number> | undefined {
  const possible = masksOver([...sizes.keys()]).flatMap((mask) => {
    const shares = sharesOf(nodesOf(mask), sizes, count, groupSize)
    return shares ? [{ shares, size: sizeOf(mask), unevenness: unevenness(sizes, shares) }] : []
  })
  const [best] = possible.toSorted((a, b) => a.size - b.size || a.unevenness - b.unevenness)
  return best?.shares
}

/** The same number of groups from each of these nodes, and what is left over from those that have the most. */
function sharesOf(
  nodes: readonly number[],
  sizes: ReadonlyMap<number, number>,
  count: number,
  groupSize: number,
): ReadonlyMap<number, number> | undefined {
  const share = Math.floor(count / nodes.length / groupSize) * groupSize
  const leftOver = (count - share * nodes.length) / groupSize
  const after = (node: number): number => (sizes.get(node) ?? 0) - share
  const generous = nodes
    .filter((node) => after(node) >= groupSize)
    .toSorted((a, b) => after(b) - after(a))
    .slice(0, leftOver)
  if (share === 0 || nodes.some((node) => after(node) < 0) || generous.length < leftOver)
    return undefined
  return new Map(nodes.map((node) => [node, share + (generous.includes(node) ? groupSize : 0)]))
}

/** The variance of what nodes have left. */
function unevenness(
  sizes: ReadonlyMap<number, number>,
  shares: ReadonlyMap<number, number>,
): number {
  const left = [...sizes].map(([node, size]) => size - (shares.get(node) ?? 0))
  const mean = left.reduce((sum, each) => sum + each, 0) / left.length
  return left.reduce((sum, each) => sum + (each - mean) ** 2, 0)
}
