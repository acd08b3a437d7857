import type { Clock } from '../base/clock.ts'

/** Whether changes reach the rules in time. */
export interface SyncState {
  /** Something has changed. */
  queued(): void
  /** All that has changed until now is about to be brought into force. */
  planned(): void
  /** What was planned is in force. */
  applied(): void
  isHealthy(): boolean
  /** Until when the rules were up to date: now as long as that is well, in milliseconds since the epoch. */
  lastUpdatedMs(): number
}

const LATE_MS = 60_000 // As in kube-proxy: twice the time between its full looks.

/** Counts from the oldest change that is not in force; healthy as long as that is not late, and so at first. */
export function syncState(clock: Pick<Clock, 'monotonic' | 'now'>): SyncState {
  let queuedMs: number | undefined
  let plannedMs: number | undefined
  let appliedAtMs = clock.now()
  const isHealthy = (): boolean => {
    const oldestMs = plannedMs ?? queuedMs
    return oldestMs === undefined || clock.monotonic() - oldestMs < LATE_MS
  }
  return {
    queued() {
      queuedMs ??= clock.monotonic()
    },
    planned() {
      plannedMs ??= queuedMs
      queuedMs = undefined
    },
    applied() {
      plannedMs = undefined
      appliedAtMs = clock.now()
    },
    isHealthy,
    lastUpdatedMs: () => (isHealthy() ? clock.now() : appliedAtMs),
  }
}
