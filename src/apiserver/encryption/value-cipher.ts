/** Encrypts values with one key. */
export interface ValueCipher {
  /** `storageKey` is authenticated with the value, where the cipher can. */
  seal(plain: Uint8Array, storageKey: Uint8Array): Uint8Array
  /** Throws an Error in upstream's words. */
  open(kept: Uint8Array, storageKey: Uint8Array): Uint8Array
}

/** The ciphers of the providers, each made from a key of 16, 24 or 32 bytes. */
export interface Ciphers {
  readonly aesgcm: (key: Uint8Array) => ValueCipher
  readonly aescbc: (key: Uint8Array) => ValueCipher
  /** Of 32 bytes. */
  readonly secretbox: (key: Uint8Array) => ValueCipher
  /** AES-GCM with a new key for each value, derived from a seed. */
  readonly seeded: (seed: Uint8Array) => ValueCipher
}
