import { randomBytes } from 'node:crypto'
import type { Random } from './random.ts'

const POOL_BYTES = 4096 // Asking the system costs the same for few bytes and for many.

/** The operating system's randomness. */
export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: pooled((length) => new Uint8Array(randomBytes(length))),
}

/** Takes many bytes at a time, and hands out each of them once. */
function pooled(draw: (length: number) => Uint8Array<ArrayBuffer>): Random['bytes'] {
  let pool = new Uint8Array()
  return (length) => {
    if (length > POOL_BYTES / 4) return draw(length)
    if (pool.length < length) pool = draw(POOL_BYTES)
    const bytes = pool.slice(0, length)
    pool.fill(0, 0, length) // What was handed out may be a key.
    pool = pool.subarray(length)
    return bytes
  }
}
