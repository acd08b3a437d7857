import { ResourceSlice } from '../../api/resource/v1/resource-slice.ts'
import { backoffMs } from '../../base/backoff.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'

const GONE_MS = 30_000 // How long a driver may be gone, as upstream has it.
const RETRY = { baseMs: 1000, maxMs: 60_000 }

export interface ResourceSlicesOptions {
  readonly client: Client
  readonly clock: Clock
  readonly logger: Logger
  readonly nodeName: string
}

/** Removes what drivers offer that are not there: all of the node's at the start, until they offer it anew (KEP-4381). */
export interface ResourceSlices extends Disposable {
  /** The driver is there, or there again. */
  came(driver: string): void
  /** The driver is gone: what it offers goes too, unless it comes back soon. */
  left(driver: string): void
}

export function removeLostSlices(options: ResourceSlicesOptions): ResourceSlices {
  const { client, clock, logger, nodeName } = options
  const abort = new AbortController()
  const { signal } = abort
  const removals = new Map<string, Disposable>()
  const remove = async (fieldSelector: string): Promise<void> => {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        return await client.deleteCollection(ResourceSlice, { fieldSelector, signal })
      } catch (error) {
        if (signal.aborted) return
        logger.warn('Cannot remove ResourceSlices', { fieldSelector, error: String(error) })
        await sleep(clock, backoffMs(RETRY, failures), { signal }).catch(() => undefined)
      }
    }
  }
  const stay = (driver: string): void => {
    removals.get(driver)?.[Symbol.dispose]()
    removals.delete(driver)
  }
  const own = `spec.nodeName=${nodeName}`
  void remove(own)
  return {
    came: stay,
    left(driver) {
      stay(driver)
      const timer = clock.after(GONE_MS, () => void remove(`${own},spec.driver=${driver}`))
      removals.set(driver, timer)
    },
    [Symbol.dispose]() {
      abort.abort()
      for (const timer of removals.values()) timer[Symbol.dispose]()
    },
  }
}
