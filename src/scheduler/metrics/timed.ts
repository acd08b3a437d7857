import type { Clock } from '../../base/clock.ts'

/** Whom to tell how something ended, and after how many milliseconds. */
export interface Timing<T, Outcome> {
  readonly clock: Clock
  readonly outcomeOf: (result: T) => Outcome
  /** What a promise that is rejected counts as. */
  readonly failure: (error: unknown) => Outcome
  readonly tell: (outcome: Outcome, ms: number) => void
}

/** Runs something and tells how it went, where it ends later then. What it throws goes on. */
export function timed<T, Outcome>(run: () => T, timing: Timing<Awaited<T>, Outcome>): T {
  const { clock, outcomeOf, tell } = timing
  const startMs = clock.monotonic()
  const sinceStart = (): number => clock.monotonic() - startMs
  const result = run()
  if (result instanceof Promise) void tellLater(result as Promise<Awaited<T>>, timing, sinceStart)
  else tell(outcomeOf(result as Awaited<T>), sinceStart())
  return result
}

async function tellLater<T, Outcome>(
  result: Promise<T>,
  { outcomeOf, failure, tell }: Timing<T, Outcome>,
  sinceStart: () => number,
): Promise<void> {
  let outcome: Outcome
  try {
    outcome = outcomeOf(await result)
  } catch (error) {
    outcome = failure(error) // Whoever asked deals with it.
  }
  tell(outcome, sinceStart())
}
