import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'

export interface KeepRenewedOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** When to renew first, in milliseconds since the Unix epoch. */
  readonly renewAtMs: number
  /** Renews what is due, and says when to come back. */
  readonly renew: () => Promise<{ readonly renewAtMs: number }>
}

/** Renews certificates when it is time, until disposed. */
export interface Renewing extends AsyncDisposable {
  /** Renews now, since somebody has changed something. Resolves when it is done. */
  renewNow(): Promise<void>
}

// Timers count the time that a machine is awake, and somebody may set its clock: so the date is looked at now and then.
const LOOK_MS = 3_600_000

/** Renews certificates while they are used. A failure is logged and tried again an hour later: there are months for it. */
export function keepRenewed({ clock, logger, renewAtMs, renew }: KeepRenewedOptions): Renewing {
  let [dueMs, isDisposed] = [renewAtMs, false]
  let timer: Disposable | undefined
  let running: Promise<void> = Promise.resolve()

  const attempt = async (): Promise<void> => {
    try {
      dueMs = (await renew()).renewAtMs
    } catch (error) {
      logger.error('Cannot renew certificates', { error: String(error) })
    }
  }
  const renewNow = (): Promise<void> => (running = running.then(attempt))
  const arm = (): void => {
    if (isDisposed) return
    timer = clock.after(LOOK_MS, look)
  }
  const look = (): void => {
    if (clock.now() < dueMs) return arm()
    void renewNow().then(arm)
  }
  arm()
  return {
    renewNow,
    async [Symbol.asyncDispose]() {
      isDisposed = true
      timer?.[Symbol.dispose]()
      await running
    },
  }
}
