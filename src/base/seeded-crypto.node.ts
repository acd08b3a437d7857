import { createECDH, createHmac, createPrivateKey } from 'node:crypto'
import type { Crypto, KeyPair, PrivateKey } from './crypto.ts'
import { nodeCrypto } from './crypto.node.ts'
import type { Random } from './random.ts'

const CURVE = 'prime256v1'
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const SCALAR_BYTES = 32

// PKCS #8 and SubjectPublicKeyInfo of a P-256 key are constant but for the numbers at their ends (RFC 5915, RFC 5480).
const PKCS8_HEAD = '308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420'
const PKCS8_MIDDLE = 'a144034200'
const SPKI_HEAD = '3059301306072a8648ce3d020106082a8648ce3d030107034200'

/**
 * Cryptography for simulations: the same random numbers give the same keys, signatures and nonces. What it makes is as
 * valid as any, but no more secret than the seed. It makes no RSA keys.
 */
export function seededCrypto(random: Random): Crypto {
  const crypto = nodeCrypto(random)
  return {
    ...crypto,
    generateKeyPair(algorithm) {
      if (algorithm !== 'ES256') throw new Error(`Cannot make a seeded key for ${algorithm}`)
      return keyPairOf(randomScalar(random))
    },
    sign: (key, data) =>
      key.algorithm === 'ES256' ? signDeterministically(crypto, key, data) : crypto.sign(key, data),
  }
}

function keyPairOf(secret: bigint): KeyPair {
  const bytes = bytesOf(secret)
  const point = multiplyBase(bytes).toHex()
  const pkcs8 = Uint8Array.fromHex(PKCS8_HEAD + bytes.toHex() + PKCS8_MIDDLE + point)
  const spki = Uint8Array.fromHex(SPKI_HEAD + point)
  return {
    publicKey: { algorithm: 'ES256', spki },
    privateKey: { algorithm: 'ES256', pkcs8 },
  }
}

/** ECDSA whose secret number comes from the key and the message (RFC 6979), as JWS writes it. */
function signDeterministically(
  crypto: Crypto,
  key: PrivateKey,
  data: Uint8Array | string,
): Uint8Array {
  const secret = secretOf(key)
  const digest = crypto.hash('sha256', data)
  const z = numberOf(digest)
  for (const k of nonces(bytesOf(secret), bytesOf(z % ORDER))) {
    const r = numberOf(multiplyBase(bytesOf(k)).subarray(1, 1 + SCALAR_BYTES)) % ORDER
    const s = (inverse(k) * ((z + r * secret) % ORDER)) % ORDER
    if (r !== 0n && s !== 0n) return Uint8Array.of(...bytesOf(r), ...bytesOf(s))
  }
  throw new Error('unreachable: there is always another number')
}

/** The candidates of RFC 6979, 3.2, in order. */
function* nonces(secret: Uint8Array, digest: Uint8Array): Generator<bigint> {
  let key = new Uint8Array(SCALAR_BYTES)
  let value = new Uint8Array(SCALAR_BYTES).fill(1)
  const mac = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
    const hmac = createHmac('sha256', key)
    for (const part of parts) hmac.update(part)
    return new Uint8Array(hmac.digest())
  }
  for (const step of [0, 1]) {
    key = mac(value, Uint8Array.of(step), secret, digest)
    value = mac(value)
  }
  for (;;) {
    value = mac(value)
    const candidate = numberOf(value)
    if (candidate > 0n && candidate < ORDER) yield candidate
    key = mac(value, Uint8Array.of(0))
    value = mac(value)
  }
}

function randomScalar(random: Random): bigint {
  for (;;) {
    const scalar = numberOf(random.bytes(SCALAR_BYTES))
    if (scalar > 0n && scalar < ORDER) return scalar
  }
}

function secretOf({ pkcs8 }: PrivateKey): bigint {
  const { d } = createPrivateKey({
    key: Buffer.from(pkcs8),
    format: 'der',
    type: 'pkcs8',
  }).export({ format: 'jwk' })
  return numberOf(Uint8Array.fromBase64(d!, { alphabet: 'base64url' }))
}

/** The point of the curve that is `scalar` times its base, uncompressed. */
function multiplyBase(scalar: Uint8Array): Uint8Array {
  const curve = createECDH(CURVE)
  curve.setPrivateKey(scalar)
  return new Uint8Array(curve.getPublicKey())
}

// By Fermat: the order is a prime.
function inverse(number: bigint): bigint {
  let [result, base, exponent] = [1n, number % ORDER, ORDER - 2n]
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % ORDER
    base = (base * base) % ORDER
  }
  return result
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`)
}

function bytesOf(number: bigint): Uint8Array {
  return Uint8Array.fromHex(number.toString(16).padStart(SCALAR_BYTES * 2, '0'))
}
