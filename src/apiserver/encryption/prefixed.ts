import { concatenate } from '../../base/bytes.ts'

/** A way to keep values that is told by what they begin with. */
export interface Form {
  /** Empty for what is kept as it is. */
  readonly prefix: Uint8Array
  seal(plain: Uint8Array, storageKey: Uint8Array): Uint8Array | Promise<Uint8Array>
  open(kept: Uint8Array, storageKey: Uint8Array): Opened | Promise<Opened>
}

interface Opened {
  readonly bytes: Uint8Array
  readonly isStale: boolean
}

const encoder = new TextEncoder()
const ENCRYPTED = encoder.encode('k8s:enc:')

/** Values as they are. What is encrypted is not for it to read. */
export const identity: Form = {
  prefix: new Uint8Array(),
  seal: (plain) => plain,
  open(kept) {
    if (isEncrypted(kept)) throw new Error('identity transformer tried to read encrypted data')
    return { bytes: kept, isStale: false }
  },
}

/** Whether a value is in the form of an encryption provider. */
export function isEncrypted(kept: Uint8Array): boolean {
  return beginsWith(kept, ENCRYPTED)
}

/**
 * Several forms under one prefix: the first writes, and all whose prefix fits may read, since one provider may be given
 * twice with different keys. What another than the first has read is stale.
 */
export function firstOf(prefix: string, forms: readonly Form[], noMatch: string): Form {
  const first = forms[0]!
  return {
    prefix: encoder.encode(prefix),
    seal: async (plain, storageKey) =>
      concatenate([first.prefix, await first.seal(plain, storageKey)]),
    async open(kept, storageKey) {
      const failures: Error[] = []
      for (const form of forms) {
        if (!beginsWith(kept, form.prefix)) continue
        try {
          const { bytes, isStale } = await form.open(kept.subarray(form.prefix.length), storageKey)
          return { bytes, isStale: isStale || form !== first }
        } catch (error) {
          // Who migrates away from encryption has the identity first: that it cannot read is no failure.
          if (form.prefix.length > 0) failures.push(error as Error)
        }
      }
      throw failures.length > 0 ? reduced(failures) : new Error(noMatch)
    },
  }
}

function reduced(failures: readonly Error[]): Error {
  if (failures.length === 1) return failures[0]!
  const messages = new Set(failures.map(({ message }) => message))
  return new Error(messages.size === 1 ? failures[0]!.message : `[${[...messages].join(', ')}]`)
}

function beginsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, i) => bytes[i] === byte)
}
