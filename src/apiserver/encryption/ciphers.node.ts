import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { Random } from '../../base/random.ts'
import { systemRandom } from '../../base/random.node.ts'
import { secretboxOpen, secretboxSeal } from './secretbox.ts'
import type { Ciphers, ValueCipher } from './value-cipher.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const BLOCK_BYTES = 16
const TOO_SHORT = 'the stored data was shorter than the required size'

/** The ciphers of Kubernetes' providers, in its forms: what etcd holds can be read by either. */
export function nodeCiphers(random: Random = systemRandom): Ciphers {
  return {
    aesgcm: (key) => aesGcm(key, random),
    aescbc: (key) => aesCbc(key, random),
    secretbox: (key) => secretbox(key, random),
    seeded: (seed) => seeded(seed, random),
  }
}

// The nonce, what is encrypted, and the tag. One key is good for 2³² random nonces (NIST SP 800-38D).
function aesGcm(key: Uint8Array, random: Random): ValueCipher {
  const name = `aes-${key.length * 8}-gcm` as 'aes-256-gcm'
  return {
    seal(plain, storageKey) {
      const nonce = random.bytes(NONCE_BYTES)
      const cipher = createCipheriv(name, key, nonce).setAAD(storageKey)
      return joined(nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag())
    },
    open(kept, storageKey) {
      if (kept.length < NONCE_BYTES) throw new Error(TOO_SHORT)
      if (kept.length < NONCE_BYTES + TAG_BYTES) throw notAuthentic()
      const options = { authTagLength: TAG_BYTES }
      const decipher = createDecipheriv(name, key, kept.subarray(0, NONCE_BYTES), options)
      decipher.setAAD(storageKey).setAuthTag(kept.subarray(-TAG_BYTES))
      const plain = decipher.update(kept.subarray(NONCE_BYTES, -TAG_BYTES))
      try {
        return joined(plain, decipher.final())
      } catch (cause) {
        throw notAuthentic(cause)
      }
    },
  }
}

function notAuthentic(cause?: unknown): Error {
  return new Error('cipher: message authentication failed', { cause })
}

const INFO_BYTES = 32
const DERIVED_BYTES = 32

// What distinguishes a value's key from all others comes first, then what AES-GCM gives with that key.
function seeded(seed: Uint8Array, random: Random): ValueCipher {
  const cipherFor = (info: Uint8Array): ValueCipher => aesGcm(expanded(seed, info), random)
  return {
    seal(plain, storageKey) {
      const info = random.bytes(INFO_BYTES)
      return joined(info, cipherFor(info).seal(plain, storageKey))
    },
    open(kept, storageKey) {
      if (kept.length < INFO_BYTES) throw new Error(TOO_SHORT)
      return cipherFor(kept.subarray(0, INFO_BYTES)).open(kept.subarray(INFO_BYTES), storageKey)
    },
  }
}

// The second half of HKDF with SHA-256 (RFC 5869, 2.3), of which one block is enough: the seed is random already.
function expanded(seed: Uint8Array, info: Uint8Array): Uint8Array {
  const block = createHmac('sha256', seed).update(info).update(Uint8Array.of(1)).digest()
  return block.subarray(0, DERIVED_BYTES)
}

const SECRETBOX_NONCE_BYTES = 24

function secretbox(key: Uint8Array, random: Random): ValueCipher {
  return {
    seal(plain) {
      const nonce = random.bytes(SECRETBOX_NONCE_BYTES)
      return joined(nonce, secretboxSeal(key, nonce, plain))
    },
    open(kept) {
      if (kept.length < SECRETBOX_NONCE_BYTES + TAG_BYTES) throw new Error(TOO_SHORT)
      const nonce = kept.subarray(0, SECRETBOX_NONCE_BYTES)
      const plain = secretboxOpen(key, nonce, kept.subarray(SECRETBOX_NONCE_BYTES))
      if (!plain) throw new Error('output array was not large enough for encryption')
      return plain
    },
  }
}

// It knows nothing of the storage key, nor whether anybody changed what is kept, so that upstream advises against it.
function aesCbc(key: Uint8Array, random: Random): ValueCipher {
  const name = `aes-${key.length * 8}-cbc`
  return {
    seal(plain) {
      const iv = random.bytes(BLOCK_BYTES)
      const cipher = createCipheriv(name, key, iv)
      return joined(iv, cipher.update(plain), cipher.final())
    },
    open(kept) {
      if (kept.length < BLOCK_BYTES) throw new Error(TOO_SHORT)
      if (kept.length % BLOCK_BYTES !== 0)
        throw new Error('the stored data is not a multiple of the block size')
      const decipher = createDecipheriv(name, key, kept.subarray(0, BLOCK_BYTES))
      decipher.setAutoPadding(false) // Its complaints about padding are in other words.
      return unpadded(joined(decipher.update(kept.subarray(BLOCK_BYTES)), decipher.final()))
    },
  }
}

/** Without its padding (PKCS #7, RFC 5652, 6.3). */
function unpadded(bytes: Uint8Array): Uint8Array {
  const count = bytes.at(-1) ?? 0
  if (count === 0 || count > bytes.length)
    throw new Error('invalid PKCS7 data (empty or not padded)')
  if (bytes.subarray(-count).some((each) => each !== count))
    throw new Error('invalid padding on input')
  return bytes.subarray(0, -count)
}

// A plain Uint8Array of its own: a Buffer may share a pool.
function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
