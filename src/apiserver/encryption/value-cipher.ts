/** Encrypts values with one key. */
export interface ValueCipher {
  /** `storageKey` is authenticated with the value, where the cipher can. */
  seal(plain: Uint8Array, storageKey: Uint8Array): Uint8Array
  /** Throws an Error in upstream's words. */
  open(kept: Uint8Array, storageKey: Uint8Array): Uint8Array
}

/** The providers that are ciphers, each made from a key of 16, 24 or 32 bytes. */
export interface Ciphers {
  readonly aesgcm: (key: Uint8Array) => ValueCipher
  readonly aescbc: (key: Uint8Array) => ValueCipher
}
