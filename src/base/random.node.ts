import { randomBytes } from 'node:crypto'
import type { Random } from './random.ts'

/** The operating system's randomness. */
export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (length) => new Uint8Array(randomBytes(length)),
}
