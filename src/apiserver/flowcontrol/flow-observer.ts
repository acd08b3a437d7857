/** Hears what happens to requests, for metrics. */
export interface FlowObserver {
  /** A handle for the requests of one schema at one level, so that nothing is looked up for each of them. */
  flow(level: string, schema: string): FlowCounters
  limits(level: string, limits: LevelGauges): void
}

export interface FlowCounters {
  rejected(reason: RejectReason): void
  /** So many wait in its queue now, itself included. */
  queued(length: number): void
  /** It waits no longer. */
  left(waitSeconds: number, executes: boolean): void
  dispatched(seats: number): void
  finished(seats: number, seconds: number, type: 'watch' | 'regular'): void
}

export type RejectReason = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled'

/** The seats of a level. */
export interface LevelGauges {
  readonly nominal: number
  readonly min: number
  readonly max: number
  readonly current: number
}

const nothing = (): void => undefined

/** Counts nothing. */
export const noFlowObserver: FlowObserver = {
  flow: () => ({
    rejected: nothing,
    queued: nothing,
    left: nothing,
    dispatched: nothing,
    finished: nothing,
  }),
  limits: nothing,
}
