import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  sign,
  timingSafeEqual,
  verify,
  type KeyObject,
} from 'node:crypto'
import {
  InvalidKeyError,
  type Crypto,
  type KeyPair,
  type PrivateKey,
  type PublicKey,
  type SigningAlgorithm,
} from './crypto.ts'
import { systemRandom } from './random.node.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Node's own cryptography, by its synchronous calls. */
export function nodeCrypto(random = systemRandom): Crypto {
  // Parsing a key costs more than a signature, so each key object is parsed once.
  const publicKeys = new WeakMap<PublicKey, KeyObject>()
  const privateKeys = new WeakMap<PrivateKey, KeyObject>()

  return {
    random,
    hash: (algorithm, data) => bytesOf(hash(algorithm, data, 'buffer')),
    hashHex: (algorithm, data) => hash(algorithm, data, 'hex'),
    hmac: (algorithm, key, data) => bytesOf(createHmac(algorithm, key).update(data).digest()),
    equal,
    generateKeyPair,
    publicKeyOf: (key) => publicKeyOf(key.algorithm, privateKeyObject(privateKeys, key)),
    sign(key, data) {
      const object = privateKeyObject(privateKeys, key)
      return bytesOf(sign('sha256', Buffer.from(data), { key: object, dsaEncoding: 'ieee-p1363' }))
    },
    verify(key, data, signature) {
      const object = publicKeyObject(publicKeys, key)
      if (object === undefined) return false
      return verify(
        'sha256',
        Buffer.from(data),
        { key: object, dsaEncoding: 'ieee-p1363' },
        signature,
      )
    },
    verifyDer,
    seal: (key, plaintext, additionalData) =>
      seal(key, plaintext, additionalData, random.bytes(NONCE_BYTES)),
    open,
  }
}

// A plain Uint8Array of its own: a Buffer may share a pool and prints, slices and compares otherwise.
function bytesOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer)
}

// Digests have one length and no meaning, so comparing them tells neither the length nor the place of a difference.
function equal(a: Uint8Array | string, b: Uint8Array | string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))
}

function generateKeyPair(algorithm: SigningAlgorithm): KeyPair {
  const { privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pkcs8 = bytesOf(privateKey.export({ type: 'pkcs8', format: 'der' }))
  return { publicKey: publicKeyOf(algorithm, privateKey), privateKey: { algorithm, pkcs8 } }
}

function publicKeyOf(algorithm: SigningAlgorithm, key: KeyObject): PublicKey {
  return { algorithm, spki: bytesOf(createPublicKey(key).export({ type: 'spki', format: 'der' })) }
}

function privateKeyObject(known: WeakMap<PrivateKey, KeyObject>, key: PrivateKey): KeyObject {
  let object = known.get(key)
  if (object === undefined) {
    object = parsePrivateKey(key)
    known.set(key, object)
  }
  return object
}

function parsePrivateKey(key: PrivateKey): KeyObject {
  try {
    const object = createPrivateKey({ key: Buffer.from(key.pkcs8), format: 'der', type: 'pkcs8' })
    if (fits(key.algorithm, object)) return object
  } catch {
    // Falls through to the one error for all that is wrong with a key.
  }
  throw new InvalidKeyError(`not a private key for ${key.algorithm}`)
}

function publicKeyObject(
  known: WeakMap<PublicKey, KeyObject>,
  key: PublicKey,
): KeyObject | undefined {
  const seen = known.get(key)
  if (seen !== undefined) return seen
  try {
    const object = createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' })
    if (!fits(key.algorithm, object)) return undefined
    known.set(key, object)
    return object
  } catch {
    return undefined
  }
}

function verifyDer(
  spki: Uint8Array,
  hashName: string | undefined,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    return verify(hashName, data, key, signature)
  } catch {
    return false
  }
}

function fits(algorithm: SigningAlgorithm, key: KeyObject): boolean {
  if (algorithm === 'RS256') return key.asymmetricKeyType === 'rsa'
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
}

function seal(
  key: Uint8Array,
  plaintext: Uint8Array,
  additionalData: Uint8Array | undefined,
  nonce: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(cipherFor(key), key, nonce)
  if (additionalData) cipher.setAAD(additionalData)
  const parts = [nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]
  return bytesOf(Buffer.concat(parts))
}

function open(
  key: Uint8Array,
  sealed: Uint8Array,
  additionalData?: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv(cipherFor(key), key, nonce, { authTagLength: TAG_BYTES })
  if (additionalData) decipher.setAAD(additionalData)
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    const ciphertext = sealed.subarray(NONCE_BYTES, -TAG_BYTES)
    return bytesOf(Buffer.concat([decipher.update(ciphertext), decipher.final()]))
  } catch {
    return undefined
  }
}

function cipherFor(key: Uint8Array): 'aes-128-gcm' | 'aes-256-gcm' {
  if (key.length === 16) return 'aes-128-gcm'
  if (key.length === 32) return 'aes-256-gcm'
  throw new InvalidKeyError('an AES key has 16 or 32 bytes')
}
