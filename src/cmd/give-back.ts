import type { Clock } from '../base/clock.ts'

const SETTLED_MS = 5_000
const LOOK_MS = 30_000
const GROWTH_BYTES_MIN = 4 << 20
// Collecting takes some 25 ms at this size, and more the more there is.
const HEAP_BYTES_MAX = 64 << 20

export interface Heap {
  usedBytes(): number
  /** Frees all that can be freed, and gives it back to the machine. */
  collect(): void
}

/**
 * Gives back the memory that only a start or a burst of work needs: V8 itself keeps it until the heap has grown by half,
 * and its young generation as large as it was in the burst. A process that has much to keep is left to itself.
 */
export function giveMemoryBack(clock: Clock, heap: Heap): Disposable {
  let keptBytes = 0
  const look = (): void => {
    const usedBytes = heap.usedBytes()
    if (usedBytes < HEAP_BYTES_MAX && usedBytes > keptBytes + GROWTH_BYTES_MIN) {
      heap.collect()
      keptBytes = heap.usedBytes()
    }
    later = clock.after(LOOK_MS, look)
  }
  let later = clock.after(SETTLED_MS, look)
  return { [Symbol.dispose]: () => later[Symbol.dispose]() }
}
