import { sleep, type Clock } from '../base/clock.ts'
import type { RunningRequests } from './http/running-requests.ts'

export interface ShutdownOptions {
  /** How long load balancers get to notice that the server is not ready: `--shutdown-delay-duration`. Default 0. */
  readonly delayMs?: number
  /** How long requests that were begun may take. Default: until they are done. */
  readonly graceMs?: number
}

/** Refuses what is new, ends watches as if their time were over, and waits for what runs. */
export async function drain(
  running: RunningRequests,
  endWatches: () => void,
  clock: Clock,
  { delayMs = 0, graceMs }: ShutdownOptions,
): Promise<void> {
  if (delayMs > 0) await sleep(clock, delayMs)
  const idle = running.close()
  endWatches()
  if (graceMs === undefined) return idle
  const late = Promise.withResolvers<void>()
  using _ = clock.after(graceMs, late.resolve)
  await Promise.race([idle, late.promise])
}
