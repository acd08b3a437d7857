/**
 * Runs `work` when called, never twice at a time: calls while it runs are one more run. Resolves when none is left to
 * do. `work` must not reject.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let isWanted = false
  let running: Promise<void> | undefined
  const run = async (): Promise<void> => {
    while (isWanted) {
      isWanted = false
      await work()
    }
    running = undefined
  }
  return () => {
    isWanted = true
    return (running ??= run())
  }
}
