import { encode, Token, Type, type EncodeOptions } from 'cborg'
import { bytesChanger } from './bytes-fields.ts'
import { CborError, CborReader } from './cbor-reader.ts'
import type { MessageClass } from './message.ts'

export { CborError }

/** The tag 55799, which says no more than that this is CBOR (RFC 8949, 3.4.6). */
const SELF_DESCRIBED = Uint8Array.of(0xd9, 0xd9, 0xf7)
const LATER_BASE64 = new Token(Type.tag, 22)
const UTF8 = new TextEncoder()

// Go's strings need not be UTF-8, so they travel as byte strings; bytes are told from them by their tag.
const OPTIONS: EncodeOptions = {
  typeEncoders: {
    string: (text: string) => new Token(Type.bytes, UTF8.encode(text)),
    // Kubernetes knows integers of 64 bits; what is larger it reads as a float.
    bigint: (value: bigint) =>
      BigInt.asIntN(64, value) === value ? null : new Token(Type.float, Number(value)),
    Uint8Array: (bytes: Uint8Array) => [LATER_BASE64, new Token(Type.bytes, bytes)],
  },
}

/** Reads CBOR as the JSON value that it means. Throws `CborError`. See KEP-4222. */
export function decodeCbor(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new CborError('EOF')
  return new CborReader(bytes).document()
}

/**
 * Encodes a value in CBOR as Kubernetes does, keys sorted. The message, where there is one, tells which texts are
 * base64 for bytes.
 */
export function encodeCbor(value: unknown, message?: MessageClass): Uint8Array {
  const change = message && bytesChanger(message)
  return describe(encode(change ? change(value) : value, OPTIONS))
}

// Of the fields of a list, items come before metadata, and lengths before letters: apiVersion, as the longest, is last.
const [LIST_FIELDS, ITEMS_MAX_DIRECT] = [4, 24]

/** Joins encoded objects into a list. They keep their own tags, which are legal anywhere. */
export function encodeCborList(
  { apiVersion, kind, metadata }: CborListHead,
  items: readonly Uint8Array[],
): readonly Uint8Array[] {
  const bare = (each: unknown): Uint8Array => encode(each, OPTIONS)
  return [
    SELF_DESCRIBED,
    head(MAP, LIST_FIELDS),
    bare('kind'),
    bare(kind),
    bare('items'),
    head(LIST, items.length),
    ...items.map(undescribed),
    bare('metadata'),
    bare(metadata),
    bare('apiVersion'),
    bare(apiVersion),
  ]
}

export interface CborListHead {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: object
}

/** One event of a watch, an item of a CBOR sequence around an encoded object. */
export function encodeCborEvent(type: string, object: Uint8Array): readonly Uint8Array[] {
  const bare = (each: unknown): Uint8Array => encode(each, OPTIONS)
  return [SELF_DESCRIBED, head(MAP, 2), bare('type'), bare(type), bare('object'), object]
}

const [LIST, MAP] = [0x80, 0xa0]

/** The first bytes of a list or map. */
function head(major: number, length: number): Uint8Array {
  if (length < ITEMS_MAX_DIRECT) return Uint8Array.of(major | length)
  const bytes = new Uint8Array(5)
  bytes[0] = major | 26
  new DataView(bytes.buffer).setUint32(1, length)
  return bytes
}

function describe(bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(SELF_DESCRIBED.length + bytes.length)
  all.set(SELF_DESCRIBED)
  all.set(bytes, SELF_DESCRIBED.length)
  return all
}

function undescribed(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(SELF_DESCRIBED.length)
}
