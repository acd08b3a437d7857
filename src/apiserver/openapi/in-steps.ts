import { sleep, type Clock } from '../../base/clock.ts'

const STEP_MS_MAX = 4 // Well below what others would notice.

/** Runs a generator to its end, and lets others work in between wherever it yields after a while. */
export async function inSteps<T>(clock: Clock, steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const endMs = clock.monotonic() + STEP_MS_MAX
    do {
      const step = steps.next()
      if (step.done) return step.value
    } while (clock.monotonic() < endMs)
    await sleep(clock, 0)
  }
}
