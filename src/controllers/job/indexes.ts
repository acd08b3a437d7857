import type { Pod } from '../../api/core/v1/pod.ts'

export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index'
export const INDEX_FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count'
export const INDEX_IGNORED_FAILURE_COUNT = 'batch.kubernetes.io/job-index-ignored-failure-count'

/** The index of a Pod of an Indexed Job; undefined where it has none. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[COMPLETION_INDEX]
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** How many Pods of its index failed before this one, and count. */
export function failuresBefore(pod: Pod): number {
  return countIn(pod, INDEX_FAILURE_COUNT)
}

/** How many of them failed in a way that the failure policy ignores. */
export function ignoredFailuresBefore(pod: Pod): number {
  return countIn(pod, INDEX_IGNORED_FAILURE_COUNT)
}

function countIn({ metadata }: Pod, annotation: string): number {
  const count = Number(metadata.annotations?.[annotation] ?? 0)
  return Number.isInteger(count) && count > 0 ? count : 0
}

/** Reads numbers and ranges, such as `1,3-5`. What lies beyond `completions`, or is no number, is left out. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>()
  for (const part of (text ?? '').split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part)
    if (!match) continue
    const first = Number(match[1])
    const last = Math.min(Number(match[2] ?? first), completions - 1)
    for (let i = first; i <= last; i += 1) indexes.add(i)
  }
  return indexes
}

/** Writes numbers, and as ranges where three or more follow each other: `1,3-5`; two are told one by one: `1,2`. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].toSorted((a, b) => a - b)
  const ranges: [first: number, last: number][] = []
  for (const index of sorted) {
    const range = ranges.at(-1)
    if (range?.[1] === index - 1) range[1] = index
    else ranges.push([index, index])
  }
  return ranges
    .map(([first, last]) => {
      if (first === last) return `${first}`
      return last === first + 1 ? `${first},${last}` : `${first}-${last}`
    })
    .join(',')
}

/** The lowest `count` indexes below `completions` that are not among `taken`. */
export function freeIndexes(
  taken: ReadonlySet<number>,
  completions: number,
  count: number,
): readonly number[] {
  const free: number[] = []
  for (let i = 0; i < completions && free.length < count; i += 1) {
    if (!taken.has(i)) free.push(i)
  }
  return free
}
