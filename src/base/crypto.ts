import type { Random } from './random.ts'

export type HashAlgorithm = 'sha1' | 'sha256' | 'sha512'

/** Key and signature algorithm in one, by the names of JWA (RFC 7518): ECDSA on P-256, or RSA 2048 with PKCS #1 v1.5. */
export type SigningAlgorithm = 'ES256' | 'RS256'

/** A public key as data: DER SubjectPublicKeyInfo (RFC 5280). */
export interface PublicKey {
  readonly algorithm: SigningAlgorithm
  readonly spki: Uint8Array
}

/** A private key as data: DER PKCS #8 (RFC 5208). */
export interface PrivateKey {
  readonly algorithm: SigningAlgorithm
  readonly pkcs8: Uint8Array
}

export interface KeyPair {
  readonly publicKey: PublicKey
  readonly privateKey: PrivateKey
}

/**
 * Cryptography, handed in, and synchronous: what resolves on other threads cannot be replayed under a virtual clock.
 * Keys are plain bytes, so that an implementation may draw them from a seed; one that needs a richer form of a key
 * remembers it by the key object, so keep and pass the same object.
 */
export interface Crypto {
  /** The randomness that keys and nonces come from. */
  readonly random: Random
  /** The digest of some bytes, or of a text's UTF-8. */
  hash(algorithm: HashAlgorithm, data: Uint8Array | string): Uint8Array
  /** The same in lower-case hexadecimal. */
  hashHex(algorithm: HashAlgorithm, data: Uint8Array | string): string
  hmac(algorithm: HashAlgorithm, key: Uint8Array, data: Uint8Array | string): Uint8Array
  /** Whether two secrets are the same, in a time that does not tell where they differ. */
  equal(a: Uint8Array | string, b: Uint8Array | string): boolean
  generateKeyPair(algorithm: SigningAlgorithm): KeyPair
  /** The public half of a private key. Throws `InvalidKeyError` when the bytes are no such key. */
  publicKeyOf(key: PrivateKey): PublicKey
  /** Signs as JWS does (RFC 7515): ES256 gives r and s, 32 bytes each. Throws `InvalidKeyError`. */
  sign(key: PrivateKey, data: Uint8Array | string): Uint8Array
  /** Whether `signature` is `key`'s over `data`; false for anything malformed. */
  verify(key: PublicKey, data: Uint8Array | string, signature: Uint8Array): boolean
  /**
   * Whether a signature in the form of certificates is that of a key of any kind, given as SubjectPublicKeyInfo; `hash`
   * is absent for algorithms that hash by themselves (Ed25519). False for anything malformed.
   */
  verifyDer(
    spki: Uint8Array,
    hash: 'sha256' | 'sha384' | 'sha512' | undefined,
    data: Uint8Array,
    signature: Uint8Array,
  ): boolean
  /** Encrypts with AES-GCM; the key has 16 or 32 bytes. Gives the 12-byte nonce, the ciphertext and the 16-byte tag, joined. */
  seal(key: Uint8Array, plaintext: Uint8Array, additionalData?: Uint8Array): Uint8Array
  /** What `seal` was given; undefined when key, data or the sealed bytes are not those. */
  open(key: Uint8Array, sealed: Uint8Array, additionalData?: Uint8Array): Uint8Array | undefined
}

/** Bytes that should be a key are not. */
export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError'
}
