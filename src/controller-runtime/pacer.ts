import { onAbort } from '../base/async.ts'
import { sleep, type Clock } from '../base/clock.ts'

const BUSY_MS_MAX = 5 // Passes may keep the thread for so long before others get a turn.

/**
 * Keeps controllers from taking the one thread for themselves: where everything is in one process, a pass may never wait
 * for anything outside, and a chain of passes would let nothing else run.
 */
export class Pacer {
  readonly #clock: Clock
  #busyMs = 0
  #yielding: Promise<void> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when it is a pass's turn, or when the signal aborts; tells whether it is. */
  async turn(signal: AbortSignal): Promise<boolean> {
    if (this.#busyMs >= BUSY_MS_MAX) {
      this.#yielding ??= sleep(this.#clock, 0).then(() => {
        this.#busyMs = 0
        this.#yielding = undefined
      })
      const stopped = Promise.withResolvers<void>()
      using _ = onAbort(signal, stopped.resolve)
      await Promise.race([this.#yielding, stopped.promise])
    }
    return !signal.aborted
  }

  /** Runs the part of a pass that waits for nothing, and tells for how many milliseconds it kept the thread. */
  measure<T>(run: () => T): { readonly result: T; readonly busyMs: number } {
    const startMs = this.#clock.monotonic()
    const result = run()
    const busyMs = this.#clock.monotonic() - startMs
    this.#busyMs += busyMs
    return { result, busyMs }
  }
}
