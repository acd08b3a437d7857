import type { Clock } from './clock.ts'

const TIMEOUT_MS_MAX = 2 ** 31 - 1 // Longer timeouts fire at once in Node.js.

/** The machine's own clock and timers. Timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, TIMEOUT_MS_MAX))
    timer.unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

const HOUR_MS = 3_600_000

/** Keeps the process alive until disposed, for somebody who waits: the clock's timers do not. */
export function keepAlive(): Disposable {
  const timer = setInterval(() => undefined, HOUR_MS)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
