/** Where a controller reports what it does, for whoever counts. */
export interface ControllerMetrics {
  /** A pass has ended, `ms` milliseconds after it began. */
  passEnded(controller: string, outcome: PassOutcome, ms: number): void
  /** So many keys wait for a worker. */
  queueLength(controller: string, length: number): void
}

export type PassOutcome = 'success' | 'requeue_after' | 'error' | 'terminal_error'

/** Counts nothing. */
export const noMetrics: ControllerMetrics = {
  passEnded: () => undefined,
  queueLength: () => undefined,
}
