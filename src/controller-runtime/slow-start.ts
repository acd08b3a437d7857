/**
 * Calls `act` `count` times, in batches of 1, 2, 4, …, and no more after a batch that had a failure: where one create is
 * refused, by a quota for one, hundreds like it would be. Throws the first failure; `act` gets the number of the call.
 */
export async function slowStart(
  count: number,
  act: (index: number) => Promise<unknown>,
): Promise<void> {
  let started = 0
  for (let batch = 1; started < count; batch *= 2) {
    const size = Math.min(batch, count - started)
    const first = started
    started += size
    const failure = await firstFailure(...Array.from({ length: size }, (_, i) => act(first + i)))
    if (failure) throw failure
  }
}

/** Waits for all, and gives the first failure in the order of the list; undefined where none failed. */
export async function firstFailure(
  ...all: readonly (Promise<unknown> | undefined)[]
): Promise<Error | undefined> {
  const outcomes = await Promise.allSettled(all.map((each) => Promise.resolve(each)))
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (!failure) return undefined
  const reason: unknown = failure.reason
  return reason instanceof Error ? reason : new Error(String(reason))
}
