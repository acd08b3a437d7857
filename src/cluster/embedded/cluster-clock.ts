import { parseDuration } from '../../apimachinery/durations.ts'
import type { Clock } from '../../base/clock.ts'
import type { VirtualClock } from '../../base/virtual-clock.ts'

/** A time span: milliseconds, or a Go duration such as `1h30m`. */
export type Duration = number | string

export function durationMs(duration: Duration): number {
  return typeof duration === 'number' ? duration : parseDuration(duration)
}

/** The clock of one cluster. */
export interface ClusterClock extends Clock {
  readonly isVirtual: boolean
  /** Moves the time on; all that comes due meanwhile happens in order. Throws where the clock is the machine's own. */
  advance(duration: Duration): Promise<void>
  /** The same at once, as if the machine had slept: what came due meanwhile happens now. For years, not for hours. */
  skip(duration: Duration): Promise<void>
  /**
   * Waits until `done` holds and tells whether it does, at most `limitMs`. A virtual clock is moved on for it; with the
   * machine's own, `subscribe` says when to look again.
   */
  until(
    done: () => boolean,
    limitMs: number,
    subscribe: (look: () => void) => Disposable,
  ): Promise<boolean>
}

/** A cluster's clock over the machine's own. `keepAlive` keeps the process from ending while somebody waits. */
export function realClusterClock(clock: Clock, keepAlive: () => Disposable): ClusterClock {
  return {
    ...clock,
    isVirtual: false,
    advance: refuse,
    skip: refuse,
    async until(done, limitMs, subscribe) {
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const look = (): void => {
        if (done()) resolve(true)
      }
      using _alive = keepAlive()
      using _changes = subscribe(look)
      using _timer = clock.after(limitMs, () => resolve(done()))
      look()
      return await promise
    },
  }
}

async function refuse(): Promise<void> {
  throw new Error(
    "Cannot advance the machine's own clock: start the cluster with { clock: 'virtual' }",
  )
}

/** A cluster's clock over a virtual one. Those who move it at one time take turns. */
export function virtualClusterClock(clock: VirtualClock): ClusterClock {
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(move: () => Promise<T>): Promise<T> => {
    const moved = turn.then(move)
    turn = moved.catch(() => undefined)
    return moved
  }
  return {
    ...clock,
    isVirtual: true,
    advance: (duration) => inTurn(() => clock.advance(durationMs(duration))),
    skip: (duration) => inTurn(() => clock.skip(durationMs(duration))),
    until(done, limitMs) {
      const endMs = clock.monotonic() + limitMs
      return inTurn(async () => {
        const isDone = await clock.advanceUntil(done, Math.max(0, endMs - clock.monotonic()))
        // Where no timer was left, the time passes all the same.
        if (!isDone) await clock.advance(Math.max(0, endMs - clock.monotonic()))
        return isDone || done()
      })
    },
  }
}
