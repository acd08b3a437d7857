import type { Clock } from './clock.ts'
import { PriorityQueue } from './queue-priority.ts'

interface Timer {
  readonly dueMs: number
  /** Timers that are due at one time run in the order in which they were set. */
  readonly order: number
  readonly callback: () => void
  cancelled: boolean
}

export interface VirtualClockOptions {
  /** What the time is at first, in milliseconds since the Unix epoch. */
  readonly startMs?: number
  /**
   * Resolves when every promise job that can run has run. Only the platform knows how to tell, so it is handed in; the
   * same jobs must settle in the same order each time.
   */
  readonly settle: () => Promise<void>
}

/** A clock that stands still until it is moved: what happens depends on the calls made to it, and on nothing else. */
export interface VirtualClock extends Clock {
  /** Moves the time on by `ms` milliseconds. Timers that come due run in order, and promise jobs settle between them. */
  advance(ms: number): Promise<void>
  /** Moves the time on at once, as for a machine that slept: what came due meanwhile happens now, in order. */
  skip(ms: number): Promise<void>
  /**
   * Moves the time on from timer to timer until `done` holds, and tells whether it does. Gives up where no timer is
   * left, or where the next one lies more than `limitMs` after the call.
   */
  advanceUntil(done: () => boolean, limitMs: number): Promise<boolean>
  /** Lets promise jobs settle without moving the time. */
  settle(): Promise<void>
  /** How long until the next timer is due, in milliseconds; undefined where none is set. */
  msUntilNext(): number | undefined
}

const START_MS = Date.UTC(2026, 0, 1)
const CANCELLED_MAX = 1024 // More than these, and more than half of all, are worth sweeping out.

/** Makes a virtual clock. Only one `advance` may run at a time. */
export function createVirtualClock({
  startMs = START_MS,
  settle,
}: VirtualClockOptions): VirtualClock {
  const timers = new PriorityQueue<Timer>((a, b) => a.dueMs - b.dueMs || a.order - b.order)
  let [elapsedMs, order, cancelled, advancing] = [0, 0, 0, false]

  const next = (): Timer | undefined => {
    while (timers.peek()?.cancelled) {
      timers.pop()
      cancelled -= 1
    }
    return timers.peek()
  }
  const cancel = (timer: Timer): void => {
    if (timer.cancelled) return
    timer.cancelled = true
    cancelled += 1
    if (cancelled <= CANCELLED_MAX || cancelled * 2 <= timers.length) return
    timers.retain((each) => !each.cancelled)
    cancelled = 0
  }
  // Runs timers up to `endMs` while `goOn` holds; tells whether it stopped because `goOn` did not.
  const run = async (endMs: number, goOn: () => boolean): Promise<boolean> => {
    if (advancing) throw new Error('Cannot advance the virtual clock: it is being advanced already')
    advancing = true
    try {
      await settle()
      while (goOn()) {
        const timer = next()
        if (!timer || timer.dueMs > endMs) return false
        timers.pop()
        elapsedMs = Math.max(elapsedMs, timer.dueMs)
        // It must count as gone from here on: its owner may dispose it late.
        timer.cancelled = true
        timer.callback()
        await settle()
      }
      return true
    } finally {
      advancing = false
    }
  }

  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    after(ms, callback) {
      const timer = {
        dueMs: elapsedMs + Math.max(0, ms),
        order: order++,
        callback,
        cancelled: false,
      }
      timers.push(timer)
      return { [Symbol.dispose]: () => cancel(timer) }
    },
    async advance(ms) {
      const endMs = elapsedMs + ms
      await run(endMs, () => true)
      elapsedMs = endMs
    },
    async skip(ms) {
      elapsedMs += ms
      await run(elapsedMs, () => true)
    },
    advanceUntil: (done, limitMs) => run(elapsedMs + limitMs, () => !done()),
    settle,
    msUntilNext() {
      const timer = next()
      return timer && timer.dueMs - elapsedMs
    },
  }
}
