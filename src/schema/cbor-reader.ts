import { type Token, Tokenizer, Type } from 'cborg'

/** The bytes are no CBOR that Kubernetes takes. */
export class CborError extends Error {
  override readonly name = 'CborError'
}

/** Upstream's limits on what it decodes (k8s.io/apimachinery/pkg/runtime/serializer/cbor/internal/modes). */
const DEPTH_MAX = 64
const ITEMS_MAX = 1024

const TIME_TAGS = new Set([0, 1])
const BIGNUM_TAGS = new Set([2, 3])
const LATER_BASE64URL = 21
const LATER_BASE64 = 22
const LATER_BASE16 = 23

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

/** What ends a list or map whose length was not told. */
const BREAK = Symbol('break')

// A mark at the start is a character like any other.
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })
const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads one CBOR item as the JSON value that it means, by the rules of KEP-4222: keys and strings may be byte strings,
 * duplicate keys, bignums, NaN and `undefined` are refused, tags that say nothing to Kubernetes are passed over.
 */
export class CborReader {
  readonly #tokens: Tokenizer

  constructor(bytes: Uint8Array) {
    this.#tokens = new Tokenizer(bytes, { allowBigInt: true, retainStringBytes: true })
  }

  /** The whole input, which must be one item. Throws `CborError`. */
  document(): unknown {
    const value = this.#value(0)
    if (value === BREAK) throw new CborError('cbor: unexpected "break" code')
    if (!this.#tokens.done()) {
      const rest = 'bytes of extraneous data starting at index'
      throw new CborError(`cbor: extraneous data: ${rest} ${this.#tokens.pos()}`)
    }
    return value
  }

  #next(): Token {
    if (this.#tokens.done()) throw new CborError('unexpected EOF')
    try {
      return this.#tokens.next()
    } catch (error) {
      throw worded(error)
    }
  }

  #value(depth: number): unknown {
    const token = this.#next()
    const { type, value } = token as { readonly type: Type; readonly value: unknown }
    if (Type.equals(type, Type.tag)) return this.#tagged(value as number | bigint, depth)
    if (Type.equals(type, Type.array)) return this.#list(value as number, deeper(depth))
    if (Type.equals(type, Type.map)) return this.#map(value as number, deeper(depth))
    if (Type.equals(type, Type.bytes)) return UTF8.decode(value as Uint8Array)
    if (Type.equals(type, Type.string)) return textOf(token)
    if (Type.equals(type, Type.break)) return BREAK
    if (Type.equals(type, Type.undefined)) {
      throw new CborError('cbor: simple value 23 is not recognized')
    }
    return Type.equals(type, Type.float) ? finite(value as number) : integerOf(value)
  }

  /** The content of a tag. What says how bytes are to be written makes texts of them. */
  #tagged(tag: number | bigint, depth: number): unknown {
    const number = Number(tag)
    if (BIGNUM_TAGS.has(number)) throw new CborError('cbor: bignum tags are forbidden')
    if (number < LATER_BASE64URL || number > LATER_BASE16) {
      const value = this.#item(deeper(depth))
      return TIME_TAGS.has(number) ? timeOf(value) : value
    }
    const { type, value } = this.#next() as { readonly type: Type; readonly value: unknown }
    if (!Type.equals(type, Type.bytes)) {
      throw new CborError(`cbor: tag ${number} must be followed by a byte string`)
    }
    return laterFormat(number, value as Uint8Array)
  }

  #list(length: number, depth: number): unknown[] {
    const list: unknown[] = []
    limit(length, 'array elements')
    while (list.length < length) {
      const value = this.#value(depth)
      if (value === BREAK) {
        if (length === Infinity) break
        throw new CborError('cbor: unexpected "break" code')
      }
      list.push(value)
      limit(length === Infinity ? list.length : 0, 'array elements')
    }
    return list
  }

  #map(length: number, depth: number): Record<string, unknown> {
    const entries = new Map<string, unknown>()
    limit(length, 'key-value pairs')
    while (entries.size < length) {
      const key = this.#value(depth)
      if (key === BREAK && length === Infinity) break
      if (typeof key !== 'string') throw new CborError('cbor: a map key must be a string')
      if (entries.has(key)) {
        throw new CborError(
          `cbor: found duplicate map key ${JSON.stringify(key)} at map element index ${entries.size}`,
        )
      }
      entries.set(key, this.#item(depth))
      limit(length === Infinity ? entries.size : 0, 'key-value pairs')
    }
    // Not by assignment: `__proto__` is a legal key.
    return Object.fromEntries(entries)
  }

  #item(depth: number): unknown {
    const value = this.#value(depth)
    if (value === BREAK) throw new CborError('cbor: unexpected "break" code')
    return value
  }
}

function deeper(depth: number): number {
  if (depth < DEPTH_MAX) return depth + 1
  throw new CborError(`cbor: exceeded max nested level ${DEPTH_MAX}`)
}

function limit(length: number, what: string): void {
  if (length === Infinity || length <= ITEMS_MAX) return
  throw new CborError(`cbor: exceeded max number of ${what} ${ITEMS_MAX}`)
}

function textOf({ value, byteValue }: Token): string {
  if (byteValue === undefined) return value as string
  try {
    return STRICT_UTF8.decode(byteValue)
  } catch {
    throw new CborError('cbor: invalid UTF-8 string')
  }
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value + 0 // Not -0.
  throw new CborError(`cbor: forbidden ${Number.isNaN(value) ? 'NaN' : 'infinity'}`)
}

function integerOf(value: unknown): unknown {
  if (typeof value !== 'bigint' || (value >= INT64_MIN && value <= INT64_MAX)) return value
  throw new CborError(`cbor: cannot unmarshal integer ${value} into Go value of type int64`)
}

// A time is a text, or seconds since 1970.
function timeOf(value: unknown): unknown {
  if (typeof value === 'string') return value
  const ms = typeof value === 'number' ? value * 1000 : Number.NaN
  const time = new Date(ms)
  if (Number.isNaN(time.getTime())) throw new CborError('cbor: the content of a time tag is none')
  return time.toISOString().replace(/\.?0*Z$/, 'Z')
}

function laterFormat(tag: number, bytes: Uint8Array): string {
  if (tag === LATER_BASE64) return bytes.toBase64()
  if (tag === LATER_BASE16) return bytes.toHex()
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
}

function worded(error: unknown): CborError {
  const message = error instanceof Error ? error.message : String(error)
  if (/not enough data/.test(message)) return new CborError('unexpected EOF')
  return new CborError(message.replace(/^CBOR decode error:/, 'cbor:'))
}
