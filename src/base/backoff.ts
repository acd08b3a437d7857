import type { Random } from './random.ts'

/** How long to wait before trying again: doubling from `baseMs` up to `maxMs`. */
export interface Backoff {
  readonly baseMs: number
  readonly maxMs: number
  /** How much each attempt multiplies the wait; 2 when absent. */
  readonly factor?: number
  /** Up to this share of the wait is added at random, so that many clients do not come back at once; 0 when absent. */
  readonly jitter?: number
}

/** The wait after `failures` failures in a row, counted from 1, in milliseconds. */
export function backoffMs(backoff: Backoff, failures: number, random?: Random): number {
  const { baseMs, maxMs, factor = 2, jitter = 0 } = backoff
  const ms = Math.min(baseMs * factor ** Math.max(0, failures - 1), maxMs)
  return jitter > 0 && random ? ms * (1 + jitter * random.next()) : ms
}
