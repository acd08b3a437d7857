import { quote } from '../../../apimachinery/go-format.ts'
import { parseInteger } from '../../validation/integer.ts'

/** Indexes of an Indexed Job, as `status.completedIndexes` lists them: `1,3-5,7`. Both ends belong to an interval. */
export interface IndexInterval {
  readonly first: number
  readonly last: number
}

/** What is wrong with a list of indexes. */
export class IndexesError extends Error {}

/**
 * Reads a list of indexes below `completions`, which must come in rising order.
 * @throws {IndexesError} in upstream's words
 */
export function parseIndexes(text: string, completions: number): readonly IndexInterval[] {
  const intervals = text === '' ? [] : text.split(',').map((each) => parseOne(each, completions))
  for (const [i, { first }] of intervals.entries()) {
    const before = intervals[i - 1]
    if (before && before.last >= first) throw notIncreasing(before.last, first)
  }
  return intervals
}

/** How many indexes the intervals hold. */
export function countIndexes(intervals: readonly IndexInterval[]): number {
  return intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0)
}

/** An index that both lists hold. Intervals that cannot be read are passed over. */
export function overlapOf(text: string, other: string, completions: number): number | undefined {
  const [own, others] = [readable(text, completions), readable(other, completions)]
  let [i, j] = [0, 0]
  while (i < own.length && j < others.length) {
    const [a, b] = [own[i]!, others[j]!]
    if (a.first <= b.last && b.first <= a.last) return Math.max(a.first, b.first)
    if (a.first <= b.first) i++
    else j++
  }
  return undefined
}

function readable(text: string, completions: number): IndexInterval[] {
  return text.split(',').flatMap((each) => {
    try {
      return [parseOne(each, completions)]
    } catch (error) {
      if (error instanceof IndexesError) return []
      throw error
    }
  })
}

function parseOne(text: string, completions: number): IndexInterval {
  const parts = text.split('-')
  if (parts.length > 2) {
    const rule = 'violates the requirement that an index interval can have at most two parts'
    throw new IndexesError(`the fragment ${quote(text)} ${rule} separated by '-'`)
  }
  const first = parseIndex(parts[0]!, completions)
  if (parts.length === 1) return { first, last: first }
  const last = parseIndex(parts[1]!, completions)
  if (first >= last) throw notIncreasing(first, last)
  return { first, last }
}

function parseIndex(text: string, completions: number): number {
  const index = parseInteger(text)
  if (index === undefined)
    throw new IndexesError(`cannot convert string to integer for index: ${quote(text)}`)
  if (index >= completions) throw new IndexesError(`too large index: ${quote(text)}`)
  return index
}

function notIncreasing(previous: number, current: number): IndexesError {
  return new IndexesError(`non-increasing order, previous: ${previous}, current: ${current}`)
}
