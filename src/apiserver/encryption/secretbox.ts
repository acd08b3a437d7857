// XSalsa20-Poly1305 as NaCl's crypto_secretbox has it (https://nacl.cr.yp.to/secretbox.html), which Node.js does not.

const BLOCK_BYTES = 64
const TAG_BYTES = 16
const ROUNDS = 20
const SIGMA = new TextEncoder().encode('expand 32-byte k')

/** What is encrypted with the key and the 24-byte nonce: the 16-byte tag first. */
export function secretboxSeal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Uint8Array {
  const { subkey, rest } = extended(key, nonce)
  // The first 32 bytes of the stream are the tag's key.
  const padded = new Uint8Array(32 + plain.length)
  padded.set(plain, 32)
  const stream = salsa20(subkey, rest, padded)
  const sealed = new Uint8Array(TAG_BYTES + plain.length)
  sealed.set(stream.subarray(32), TAG_BYTES)
  sealed.set(poly1305(stream.subarray(0, 32), sealed.subarray(TAG_BYTES)))
  return sealed
}

/** What was sealed; undefined where it was not, with this key and nonce. */
export function secretboxOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < TAG_BYTES) return undefined
  const { subkey, rest } = extended(key, nonce)
  const body = sealed.subarray(TAG_BYTES)
  const padded = new Uint8Array(32 + body.length)
  padded.set(body, 32)
  const stream = salsa20(subkey, rest, padded)
  const tagKey = salsa20(subkey, rest, new Uint8Array(32))
  if (!areEqual(poly1305(tagKey, body), sealed.subarray(0, TAG_BYTES))) return undefined
  return stream.slice(32)
}

/** HSalsa20 of the nonce's first 16 bytes makes a key of its own; the last 8 bytes are the nonce with it. */
function extended(
  key: Uint8Array,
  nonce: Uint8Array,
): { readonly subkey: Uint8Array; readonly rest: Uint8Array } {
  const state = stateOf(key, nonce.subarray(0, 16))
  const mixed = rounds(state)
  const subkey = new Uint8Array(32)
  const view = new DataView(subkey.buffer)
  const words = [0, 5, 10, 15, 6, 7, 8, 9]
  words.forEach((word, i) => view.setUint32(i * 4, mixed[word]!, true))
  return { subkey, rest: nonce.subarray(16) }
}

function salsa20(key: Uint8Array, nonce: Uint8Array, input: Uint8Array): Uint8Array {
  const output = input.slice()
  const position = new Uint8Array(16)
  position.set(nonce)
  const state = stateOf(key, position)
  for (let at = 0, block = 0; at < input.length; at += BLOCK_BYTES, block++) {
    state[8] = block
    const mixed = rounds(state)
    for (let i = 0; i < BLOCK_BYTES && at + i < input.length; i++) {
      const word = (mixed[i >> 2]! + state[i >> 2]!) >>> 0
      output[at + i]! ^= (word >>> (8 * (i & 3))) & 0xff
    }
  }
  return output
}

function stateOf(key: Uint8Array, input: Uint8Array): Uint32Array {
  const words = (bytes: Uint8Array): readonly number[] => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true))
  }
  const [s0, s1, s2, s3] = words(SIGMA)
  const [k0, k1] = [words(key.subarray(0, 16)), words(key.subarray(16))]
  return Uint32Array.from([s0!, ...k0, s1!, ...words(input), s2!, ...k1, s3!])
}

/** The words of each quarter round: columns, then rows. */
const QUARTERS: readonly (readonly [number, number, number, number])[] = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
]

function rounds(state: Uint32Array): Uint32Array {
  const x = state.slice()
  const mix = (to: number, a: number, b: number, bits: number): void => {
    const sum = (x[a]! + x[b]!) >>> 0
    x[to]! ^= (sum << bits) | (sum >>> (32 - bits))
  }
  for (let round = 0; round < ROUNDS; round += 2) {
    for (const [a, b, c, d] of QUARTERS) {
      mix(b, a, d, 7)
      mix(c, b, a, 9)
      mix(d, c, b, 13)
      mix(a, d, c, 18)
    }
  }
  return x
}

const PRIME = (1n << 130n) - 5n
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn

function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array {
  const r = littleEndian(key.subarray(0, 16)) & CLAMP
  let sum = 0n
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16)
    sum = ((sum + littleEndian(block) + (1n << BigInt(8 * block.length))) * r) % PRIME
  }
  let tag = sum + littleEndian(key.subarray(16))
  return Uint8Array.from({ length: TAG_BYTES }, () => {
    const byte = Number(tag & 0xffn)
    tag >>= 8n
    return byte
  })
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toReversed().toHex()}`)
}

// In a time that does not tell where they differ.
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.reduce((different, byte, i) => different | (byte ^ b[i]!), 0) === 0
}
