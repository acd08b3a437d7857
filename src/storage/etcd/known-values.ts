import type { Value } from '../store.ts'

/**
 * The values that were written or read last, by key and revision, so that what is made of a value (the object that it
 * stands for) is made once, though its bytes come from etcd again and again. Bounded by their size.
 */
export class KnownValues {
  readonly #bytesMax: number
  readonly #values = new Map<string, Known>() // The one unused for longest comes first.
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** The value of the key as of that revision: a known one, or one of these bytes, which is then known. */
  of(key: string, revision: number, bytes: Uint8Array): Value {
    const known = this.#values.get(key)
    if (known?.revision !== revision) return this.#keep(key, revision, { bytes }, bytes.length)
    this.#values.delete(key)
    this.#values.set(key, known)
    return known.value
  }

  /** Remembers what has been written. */
  add(key: string, revision: number, value: Value, size: number): void {
    this.#keep(key, revision, value, size)
  }

  #keep(key: string, revision: number, value: Value, size: number): Value {
    const before = this.#values.get(key)
    // A read of the past must not displace the present.
    if (before && before.revision > revision) return value
    if (before) this.#forget(key, before)
    this.#values.set(key, { revision, value, size })
    this.#bytes += size
    for (const [oldest, known] of this.#values) {
      if (this.#bytes <= this.#bytesMax) break
      this.#forget(oldest, known)
    }
    return value
  }

  #forget(key: string, { size }: Known): void {
    this.#values.delete(key)
    this.#bytes -= size
  }
}

interface Known {
  readonly revision: number
  readonly value: Value
  readonly size: number
}
