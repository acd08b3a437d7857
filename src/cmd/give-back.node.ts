import { getHeapStatistics } from 'node:v8'
import { systemClock } from '../base/clock.node.ts'

const SETTLED_MS = 5_000
// Collecting takes some 25 ms at this size, and more the more there is.
const HEAP_BYTES_MAX = 64 << 20

/**
 * Gives back, once, the memory that only a start needs: V8 would keep it until the heap has grown by half, and its young
 * generation as large as it was then. A process that has much to keep by now is left to itself. Wants `--expose-gc`.
 */
export function giveBackAfterStart(): Disposable {
  return systemClock.after(SETTLED_MS, () => {
    if (getHeapStatistics().used_heap_size < HEAP_BYTES_MAX)
      globalThis.gc?.({ type: 'major', flavor: 'last-resort' })
  })
}
