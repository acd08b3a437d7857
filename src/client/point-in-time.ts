import { parseDuration } from '../apimachinery/durations.ts'
import { ParseError } from '../apimachinery/parse-error.ts'

/** A state of the cluster: a revision of its store, or whatever was newest at a time. */
export type PointInTime =
  | { readonly revision: number }
  /** Milliseconds since the Unix epoch. */
  | { readonly timeMs: number }
  /** So many milliseconds before now. */
  | { readonly agoMs: number }

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** Reads `4711`, `2026-05-04T10:00:00Z` or `5m` (ago; `-5m` is the same). Throws `ParseError`. */
export function parsePointInTime(text: string): PointInTime {
  const revision = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(revision)) return { revision }
  const timeMs = TIME.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(timeMs)) return { timeMs }
  const agoMs = durationOf(text)
  if (agoMs !== undefined) return { agoMs }
  throw new ParseError(
    `${JSON.stringify(text)} is no revision, time or duration: give for example 4711, 2026-05-04T10:00:00Z or 5m`,
  )
}

/** The same as a text. */
export function formatPointInTime(at: PointInTime): string {
  if ('revision' in at) return String(at.revision)
  return 'timeMs' in at ? new Date(at.timeMs).toISOString() : `${at.agoMs}ms`
}

function durationOf(text: string): number | undefined {
  try {
    return Math.abs(parseDuration(text))
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}
