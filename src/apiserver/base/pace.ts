import type { Clock } from '../../base/clock.ts'

const TURN_MS = 5
const STEPS_BETWEEN_LOOKS = 32 // Looking at the clock costs as much as a short step.

/** Lets everybody else have a turn. Absent where nobody else is there, or time stands still. */
export type Pause = () => Promise<void>

/**
 * Cuts long work into turns: called before each step, it gives a promise to wait for when this turn has lasted long
 * enough, and else undefined, so that short work never waits.
 */
export function pacer(clock: Clock, pause: Pause | undefined): () => Promise<void> | undefined {
  if (!pause) return () => undefined
  let steps = 0
  let startMs = clock.monotonic()
  return () => {
    steps += 1
    if (steps % STEPS_BETWEEN_LOOKS !== 0 || clock.monotonic() - startMs < TURN_MS) return undefined
    return pause().then(() => {
      startMs = clock.monotonic()
    })
  }
}
