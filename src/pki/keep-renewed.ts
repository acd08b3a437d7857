import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'

export interface KeepRenewedOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** When to renew first, in milliseconds since the Unix epoch. */
  readonly renewAtMs: number
  /** How long after an attempt the next one may follow, at most an hour; an hour where absent. */
  readonly retryMs?: number
  /** Renews what is due, and says when to come back. The signal is that nobody waits for it any more. */
  readonly renew: (signal: AbortSignal) => Promise<{ readonly renewAtMs: number }>
}

/** Renews certificates when it is time, until disposed. */
export interface Renewing extends AsyncDisposable {
  /** Renews now, since somebody has changed something. Resolves when it is done. */
  renewNow(): Promise<void>
}

// Timers count the time that a machine is awake, and somebody may set its clock: so the date is looked at now and then.
const LOOK_MS = 3_600_000

/** Renews certificates while they are used. A failure is logged and tried again: mostly there are months for it. */
export function keepRenewed(options: KeepRenewedOptions): Renewing {
  const { clock, logger, renew, retryMs = LOOK_MS } = options
  const stop = new AbortController()
  let dueMs = options.renewAtMs
  let timer: Disposable | undefined
  let running: Promise<void> = Promise.resolve()

  const attempt = async (): Promise<void> => {
    try {
      dueMs = (await renew(stop.signal)).renewAtMs
    } catch (error) {
      dueMs = Math.min(dueMs, clock.now()) // What somebody asked for is tried again too.
      if (!stop.signal.aborted) logger.error('Cannot renew certificates', { error: String(error) })
    }
  }
  const renewNow = (): Promise<void> => (running = running.then(attempt))
  const arm = (waitMsMin: number): void => {
    if (stop.signal.aborted) return
    const waitMs = Math.max(waitMsMin, dueMs - clock.now())
    timer = clock.after(Math.min(waitMs, LOOK_MS), look)
  }
  const look = (): void => {
    if (clock.now() < dueMs) return arm(0)
    void renewNow().then(() => arm(retryMs))
  }
  arm(0)
  return {
    renewNow,
    async [Symbol.asyncDispose]() {
      stop.abort()
      timer?.[Symbol.dispose]()
      await running
    },
  }
}
