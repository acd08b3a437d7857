import { backoffMs } from '../../base/backoff.ts'

const WAIT = { baseMs: 10_000, maxMs: 300_000 } // Upstream's: 10 seconds, doubling up to 5 minutes.
const FORGET_MS = 2 * WAIT.maxMs

interface Failure {
  readonly atMs: number
  readonly count: number
  readonly message: string
}

/** Remembers failed pulls by Pod and image, and when each may be tried again. Times in milliseconds. */
export interface PullBackoff {
  /** What the last pull failed with, while it is too early for the next. */
  waiting(
    key: string,
    nowMs: number,
  ): { readonly message: string; readonly untilMs: number } | undefined
  failed(key: string, message: string, nowMs: number): void
  /** Forgets what is old. */
  collect(nowMs: number): void
}

/** No failures so far. A failure that is older than twice the longest wait is forgotten. */
export function pullBackoff(): PullBackoff {
  const failures = new Map<string, Failure>()
  const recent = (key: string, nowMs: number): Failure | undefined => {
    const failure = failures.get(key)
    return failure && nowMs - failure.atMs <= FORGET_MS ? failure : undefined
  }
  return {
    waiting(key, nowMs) {
      const failure = recent(key, nowMs)
      if (!failure) return undefined
      const untilMs = failure.atMs + backoffMs(WAIT, failure.count)
      return nowMs < untilMs ? { message: failure.message, untilMs } : undefined
    },
    failed(key, message, nowMs) {
      const count = (recent(key, nowMs)?.count ?? 0) + 1
      failures.set(key, { atMs: nowMs, count, message })
    },
    collect(nowMs) {
      for (const key of failures.keys()) if (!recent(key, nowMs)) failures.delete(key)
    },
  }
}
