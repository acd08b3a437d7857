import { getHeapStatistics } from 'node:v8'
import { systemClock } from '../base/clock.node.ts'

const SETTLED_MS = 5_000
const LOOK_MS = 30_000
const GROWTH_BYTES_MIN = 4 << 20
// Collecting takes some 25 ms at this size, and more the more there is.
const HEAP_BYTES_MAX = 64 << 20

/**
 * Gives back the memory that only a start or a burst of work needs: V8 itself keeps it until the heap has grown by half,
 * and its young generation as large as it was in the burst. A process that has much to keep is left to itself. Wants
 * `--expose-gc`.
 */
export function giveMemoryBack(): Disposable {
  let keptBytes = 0
  const look = (): void => {
    const usedBytes = usedHeapBytes()
    if (usedBytes < HEAP_BYTES_MAX && usedBytes > keptBytes + GROWTH_BYTES_MIN) {
      globalThis.gc?.({ type: 'major', flavor: 'last-resort' })
      keptBytes = usedHeapBytes()
    }
    later = systemClock.after(LOOK_MS, look)
  }
  let later = systemClock.after(SETTLED_MS, look)
  return { [Symbol.dispose]: () => later[Symbol.dispose]() }
}

function usedHeapBytes(): number {
  return getHeapStatistics().used_heap_size
}
