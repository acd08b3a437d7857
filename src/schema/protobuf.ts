import { perMessage } from './memo.ts'
import type { MessageClass } from './message.ts'
import { decodeMessage } from './proto-decode.ts'
import { encodeMessage } from './proto-encode.ts'
import { ProtoError, ProtoReader } from './proto-reader.ts'
import { BYTES, ProtoWriter } from './proto-writer.ts'

export { decodeMessage, encodeMessage, ProtoError }

/**
 * Protobuf as Kubernetes uses it: each object within a `runtime.Unknown`, which names its kind, after four magic bytes.
 * See https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
export interface Envelope {
  readonly apiVersion: string
  readonly kind: string
  /** The object itself. */
  readonly raw: Uint8Array
  /** Empty for protobuf. */
  readonly contentType: string
}

const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0x00)
const [TYPE_META, RAW, CONTENT_ENCODING, CONTENT_TYPE] = [1, 2, 3, 4]
const [API_VERSION, KIND] = [1, 2]

/** Puts an encoded object in its envelope. */
export function wrap(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array {
  const writer = new ProtoWriter()
  // From the last field to the first.
  writeContentTypes(writer)
  const beforeRaw = writer.length
  writer.bytes(raw)
  writer.nested(RAW, beforeRaw)
  writeTypeMeta(writer, apiVersion, kind)
  return writer.finish()
}

// Empty ones are written too.
function writeContentTypes(writer: ProtoWriter): void {
  writeText(writer, CONTENT_TYPE, '')
  writeText(writer, CONTENT_ENCODING, '')
}

function writeTypeMeta(writer: ProtoWriter, apiVersion: string, kind: string): void {
  const before = writer.length
  writeText(writer, KIND, kind)
  writeText(writer, API_VERSION, apiVersion)
  writer.nested(TYPE_META, before)
  writer.bytes(MAGIC)
}

function writeText(writer: ProtoWriter, tag: number, text: string): void {
  const before = writer.length
  writer.text(text)
  writer.nested(tag, before)
}

/** Opens an envelope. Throws `ProtoError`. */
export function unwrap(bytes: Uint8Array): Envelope {
  if (bytes.length === 0) throw new ProtoError('empty data')
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new ProtoError(
      `provided data does not appear to be a protobuf message, expected prefix [${MAGIC.join(' ')}]`,
    )
  }
  if (bytes.length === MAGIC.length) throw new ProtoError('empty body')
  const reader = new ProtoReader(bytes.subarray(MAGIC.length))
  let [apiVersion, kind, contentType] = ['', '', '']
  let raw: Uint8Array = new Uint8Array()
  reader.fields((tag, wireType) => {
    if (wireType !== BYTES) reader.skip(wireType)
    else if (tag === RAW) raw = reader.bytes()
    else if (tag === CONTENT_TYPE) contentType = reader.text()
    else if (tag === TYPE_META) {
      reader.nested((inner, type) => {
        if (inner === API_VERSION && type === BYTES) apiVersion = reader.text()
        else if (inner === KIND && type === BYTES) kind = reader.text()
        else reader.skip(type)
      })
    } else reader.skip(wireType)
  })
  return { apiVersion, kind, raw, contentType }
}

type KindedObject = Readonly<Record<string, unknown>> & {
  readonly apiVersion: string
  readonly kind: string
}

/** Encodes an object with its envelope. */
export function encodeProtobuf(message: MessageClass, object: KindedObject): Uint8Array {
  return wrap(object.apiVersion, object.kind, encodeMessage(message, object))
}

/**
 * Joins objects that are encoded already, without envelopes, into a list in its envelope: the pieces, to be sent one
 * after the other, so that a long list is never copied. `metadata` is the list's own.
 */
export function listPieces(
  list: MessageClass,
  { apiVersion, kind, metadata }: ListHead,
  items: readonly Uint8Array[],
): readonly Uint8Array[] {
  const tag = itemsTag(list)
  const content = [encodeMessage(list, { metadata, items: [] })]
  let length = content[0]!.length
  for (const item of items) {
    const head = lengthAndTag(tag, item.length)
    content.push(head, item)
    length += head.length + item.length
  }
  const before = new ProtoWriter()
  before.varint(length)
  before.tag(RAW, BYTES)
  writeTypeMeta(before, apiVersion, kind)
  const after = new ProtoWriter()
  writeContentTypes(after)
  return [before.finish(), ...content, after.finish()]
}

export interface ListHead {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: object
}

function lengthAndTag(tag: number, length: number): Uint8Array {
  const writer = new ProtoWriter(8)
  writer.varint(length)
  writer.tag(tag, BYTES)
  return writer.finish()
}

const itemsTag: (list: MessageClass) => number = perMessage(
  (list) => list.fields['items']!.info.tag,
)

/** One event of a watch, as a frame: its length in four bytes, then the event around an object in its envelope. */
export function encodeWatchFrame(type: string, enveloped: Uint8Array): Uint8Array {
  const writer = new ProtoWriter()
  const before = writer.length
  writer.bytes(enveloped)
  writer.nested(1, before)
  writer.nested(2, before)
  writeText(writer, 1, type)
  const { length } = writer
  writer.bytes(Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length))
  return writer.finish()
}

/** An event of a watch: its type, and an object in its envelope. */
export interface WatchFrame {
  readonly type: string
  readonly object: Uint8Array
}

/** Reads the event of a frame, without the length before it. Throws `ProtoError`. */
export function decodeWatchFrame(frame: Uint8Array): WatchFrame {
  const reader = new ProtoReader(frame)
  let type = ''
  let object: Uint8Array = new Uint8Array()
  reader.fields((tag, wireType) => {
    if (tag === 1 && wireType === BYTES) type = reader.text()
    else if (tag === 2 && wireType === BYTES) {
      reader.nested((inner, innerType) => {
        if (inner === 1 && innerType === BYTES) object = reader.bytes()
        else reader.skip(innerType)
      })
    } else reader.skip(wireType)
  })
  return { type, object }
}
