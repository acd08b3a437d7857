import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'

const LEAST_MS = 1000 // As upstream: less cannot be kept up.

export interface WatchdogOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Ours, and those of the processes that started us: systemd names the one that it started. */
  readonly pids: readonly number[]
  readonly clock: Clock
  readonly logger: Logger
  /** Sends a state to systemd (https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html). */
  readonly notify: (state: string) => Promise<void>
}

/**
 * Tells systemd that we are alive, twice in the time after which it would start us anew (`WatchdogSec=`). A thread that
 * hangs tells nothing. Does nothing where systemd does not ask.
 */
export function startWatchdog(options: WatchdogOptions): Disposable {
  const { clock, logger } = options
  const limitMs = watchdogMs(options)
  let timer: Disposable | undefined
  if (limitMs !== undefined && limitMs <= LEAST_MS)
    logger.warn('The watchdog of systemd is too impatient, and is not told anything', { limitMs })
  else if (limitMs !== undefined) {
    const tell = (): void => {
      timer = clock.after(limitMs / 2, tell)
      options
        .notify('WATCHDOG=1')
        .catch((error: unknown) => logger.warn('Cannot tell the watchdog of systemd', { error }))
    }
    tell()
  }
  return { [Symbol.dispose]: () => timer?.[Symbol.dispose]() }
}

/** How long systemd waits; undefined where it does not watch us. */
function watchdogMs({
  environment,
  pids,
}: Pick<WatchdogOptions, 'environment' | 'pids'>): number | undefined {
  const { WATCHDOG_USEC: us, WATCHDOG_PID: pid, NOTIFY_SOCKET: socket } = environment
  if (!us || !socket || !/^\d+$/.test(us)) return undefined
  if (pid && !pids.includes(Number(pid))) return undefined
  return Number(us) / 1000
}
