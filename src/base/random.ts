/** Randomness, handed in: seeded in a simulation, the system's own otherwise. */
export interface Random {
  /** A number from 0 up to, but not including, 1. */
  next(): number
  /** `length` random bytes, fit for keys where the implementation is the system's. */
  bytes(length: number): Uint8Array
}

/** A random whole number from 0 up to, but not including, `limit`. */
export function randomInt(random: Random, limit: number): number {
  return Math.floor(random.next() * limit)
}

/** A version 4 UUID (RFC 9562). */
export function uuid(random: Random): string {
  const bytes = random.bytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toHex()
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789' // No vowels, so no words; nothing that reads like another.

/** A random suffix as Kubernetes appends it to `generateName`. */
export function nameSuffix(random: Random, length = 5): string {
  let suffix = ''
  while (suffix.length < length) suffix += NAME_ALPHABET[randomInt(random, NAME_ALPHABET.length)]
  return suffix
}

/** A repeatable source of randomness (xoshiro128**, Blackman and Vigna): the same seed, the same sequence. */
export function seededRandom(seed: number): Random {
  const state = seedState(seed)
  const next32 = (): number => {
    const result = Math.imul(rotl(Math.imul(state[1]!, 5), 7), 9) >>> 0
    const t = state[1]! << 9
    state[2]! ^= state[0]!
    state[3]! ^= state[1]!
    state[1]! ^= state[2]!
    state[0]! ^= state[3]!
    state[2]! ^= t
    state[3] = rotl(state[3]!, 11)
    return result
  }
  return {
    next: () => next32() / 2 ** 32,
    bytes: (length) => Uint8Array.from({ length }, () => next32() >>> 24),
  }
}

function rotl(value: number, bits: number): number {
  return ((value << bits) | (value >>> (32 - bits))) >>> 0
}

// splitmix32 spreads a small seed over the whole state, which must not be all zeros.
function seedState(seed: number): Uint32Array {
  let x = seed >>> 0
  return Uint32Array.from({ length: 4 }, () => {
    x = (x + 0x9e3779b9) >>> 0
    let z = x
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  })
}
