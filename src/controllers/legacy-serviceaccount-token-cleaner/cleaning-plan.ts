import type { Secret } from '../../api/core/v1/secret.ts'

export const DAY_MS = 86_400_000
const LAST_USED = 'kubernetes.io/legacy-token-last-used'
export const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since'

/** What is to become of a token that its account names and no Pod uses. */
export type CleaningPlan =
  | { readonly type: 'keep' }
  /** It has not been used for so long that it is good for nothing any more from this day on. */
  | { readonly type: 'invalidate'; readonly since: string }
  | { readonly type: 'delete' }

/** `trackedSince`: the day since when uses are noted. Nothing is known of what was before. */
export function planCleaning(
  { metadata }: Secret,
  trackedSince: string,
  { nowMs, periodMs }: { readonly nowMs: number; readonly periodMs: number },
): CleaningPlan {
  const keep = { type: 'keep' } as const
  const since = parseDay(trackedSince)
  // Uses on the first day may have been before the tracking.
  if (since === undefined || nowMs < since + DAY_MS + periodMs) return keep
  const fromMs = nowMs - periodMs
  if (Date.parse(metadata.creationTimestamp) >= fromMs) return keep
  const { [LAST_USED]: lastUsed, [INVALID_SINCE]: invalidSince } = metadata.labels ?? {}
  // Days are compared as text, as they are written.
  const fromDay = dayOf(fromMs)
  if (lastUsed !== undefined && (parseDay(lastUsed) === undefined || lastUsed >= fromDay))
    return keep
  if (invalidSince === undefined || parseDay(invalidSince) === undefined)
    return { type: 'invalidate', since: dayOf(nowMs) }
  return invalidSince >= fromDay ? keep : { type: 'delete' }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function parseDay(text: string): number | undefined {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN
  return Number.isNaN(ms) ? undefined : ms
}
