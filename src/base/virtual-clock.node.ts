import { setImmediate } from 'node:timers'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'

/** A virtual clock for Node.js, whose turn of the event loop lets all promise jobs settle. */
export function virtualClock(options: { readonly startMs?: number } = {}): VirtualClock {
  return createVirtualClock({ ...options, settle })
}

function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
