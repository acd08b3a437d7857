import type { Clock } from '../base/clock.ts'

/** Calls back once when nothing was touched for a while. */
export interface IdleTimer extends Disposable {
  touch(): void
}

/**
 * `touch` only notes the time; the timer looks at it when it fires and, if need be, waits for the rest.
 * A connection is touched for each piece of data, and making a timer each time would cost more than sending it.
 */
export function idleTimer(clock: Clock, idleMs: number, onIdle: () => void): IdleTimer {
  let touched = clock.monotonic()
  let timer = clock.after(idleMs, check)

  function check(): void {
    const restMs = touched + idleMs - clock.monotonic()
    if (restMs > 0) timer = clock.after(restMs, check)
    else onIdle()
  }

  return {
    touch() {
      touched = clock.monotonic()
    },
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  }
}
