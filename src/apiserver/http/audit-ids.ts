import { uuid, type Random } from '../../base/random.ts'

const IDS_AT_ONCE = 256
const BYTES = 16

/** Makes the ids of requests. Randomness is drawn for many at once, which costs a fraction. */
export function auditIds(random: Random): () => string {
  let pool: Uint8Array = new Uint8Array()
  let used = 0
  const pooled: Random = {
    next: () => random.next(),
    bytes: (length) => {
      if (used + length > pool.length) {
        pool = random.bytes(IDS_AT_ONCE * BYTES)
        used = 0
      }
      used += length
      return pool.subarray(used - length, used)
    },
  }
  return () => uuid(pooled)
}
