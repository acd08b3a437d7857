/** A logical CPU, and what it is a part of; the ids of cores are those of the whole machine. */
export interface Cpu {
  readonly id: number
  readonly core: number
  readonly socket: number
  readonly numaNode: number
  /** The last level of cache that it shares with others, by the least CPU of those. */
  readonly uncoreCache: number
}

export interface TakeCpusOptions {
  /** Whole last level caches before cores, and what is less than one from one: `prefer-align-cpus-by-uncorecache`. */
  readonly isCacheAligned?: boolean
}

type Part = 'socket' | 'numaNode' | 'uncoreCache' | 'core'

/**
 * Chooses CPUs for one container so that it shares as little as can be: whole sockets and NUMA nodes first, then whole
 * cores, then single threads, of sockets and cores that are in use rather than of fresh ones. Undefined where there are
 * not enough.
 */
export function takeCpus(
  all: readonly Cpu[],
  free: ReadonlySet<number>,
  count: number,
  { isCacheAligned = false }: TakeCpusOptions = {},
): readonly number[] | undefined {
  if (free.size < count) return undefined
  let left = all.filter(({ id }) => free.has(id))
  const taken: Cpu[] = []
  const missing = (): number => count - taken.length
  const take = (cpus: readonly Cpu[]): void => {
    taken.push(...cpus)
    left = left.filter((cpu) => !cpus.includes(cpu))
  }
  const takeWhole = (part: Part): void => {
    const sizes = sizesOf(all, part)
    const whole = groups(left, part).filter((group) => group.length === sizes.get(group[0]![part]))
    for (const group of byUse(whole, left, taken)) if (group.length <= missing()) take(group)
  }
  for (const part of ['socket', 'numaNode'] as const) takeWhole(part)
  if (isCacheAligned) {
    takeWhole('uncoreCache')
    const roomy = groups(left, 'uncoreCache').filter((group) => group.length >= missing())
    const [cache] = byUse(roomy, left, taken).toSorted((a, b) => a.length - b.length)
    if (cache && missing() > 0) left = [...cache]
  }
  takeWhole('core')
  const singles = left.map((cpu) => [cpu])
  for (const group of byUse(singles, left, taken)) if (missing() > 0) take(group)
  return taken.map(({ id }) => id).toSorted((a, b) => a - b)
}

function groups(cpus: readonly Cpu[], part: Part): readonly (readonly Cpu[])[] {
  return [...Map.groupBy(cpus, (cpu) => cpu[part]).values()]
}

function sizesOf(cpus: readonly Cpu[], part: Part): ReadonlyMap<number, number> {
  return new Map(groups(cpus, part).map((group) => [group[0]![part], group.length]))
}

/** Groups near to what was taken first, then those where little is free. */
function byUse(
  found: readonly (readonly Cpu[])[],
  left: readonly Cpu[],
  taken: readonly Cpu[],
): readonly (readonly Cpu[])[] {
  const rank = ([cpu]: readonly Cpu[]): readonly number[] => [
    ...(['socket', 'numaNode', 'core'] as const).flatMap((part) => [
      taken.some((each) => each[part] === cpu![part]) ? 0 : 1,
      left.filter((each) => each[part] === cpu![part]).length,
    ]),
    cpu!.id,
  ]
  return found
    .map((group) => ({ group, rank: rank(group) }))
    .toSorted((a, b) => compare(a.rank, b.rank))
    .map(({ group }) => group)
}

function compare(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((value, at) => value !== b[at])
  return i < 0 ? 0 : a[i]! - b[i]!
}
