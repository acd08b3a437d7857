import type { Clock } from '../../base/clock.ts'
import type { Pause } from '../base/pace.ts'

const TURN_MS = 4 // A step may take as long again.

/** Runs a generator to its end, and lets others have a turn wherever it yields after a while. */
export async function inSteps<T>(
  clock: Clock,
  pause: Pause | undefined,
  steps: Generator<void, T>,
): Promise<T> {
  let endMs = clock.monotonic() + TURN_MS
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (!pause || clock.monotonic() < endMs) continue
    await pause()
    endMs = clock.monotonic() + TURN_MS
  }
}
