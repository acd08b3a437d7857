import { formatDurationNs, parseDurationNs } from './duration.ts'
import type { ScalarType } from './field.ts'
import { encodeJson, JsonSyntaxError, parseJson } from './json.ts'
import { ProtoError, type ProtoReader } from './proto-reader.ts'
import { BYTES, FIXED32, FIXED64, VARINT, type ProtoWriter } from './proto-writer.ts'
import { canonicalQuantity, QUANTITY_ERROR } from './quantity.ts'

/** How a scalar travels in protobuf. */
export interface ProtoScalar {
  readonly wireType: number
  /** Writes the value, its length included, but not the tag. */
  readonly write: (writer: ProtoWriter, value: unknown) => void
  /** Reads the value, its length included. Undefined where it is no value at all, as Go's zero time. */
  readonly read: (reader: ProtoReader) => unknown
}

/** The scalars but for those of JSON schemas, which depend on where they stand. */
export const PROTO_SCALARS: Partial<Record<ScalarType, ProtoScalar>> = {
  string: { wireType: BYTES, write: writeText, read: (reader) => reader.text() },
  bool: {
    wireType: VARINT,
    write: (writer, value) => writer.varint(value === true ? 1 : 0),
    read: (reader) => reader.varint() !== 0,
  },
  int32: { wireType: VARINT, write: writeInteger, read: (reader) => reader.int32() },
  int64: { wireType: VARINT, write: writeInteger, read: (reader) => reader.int64() },
  uint32: { wireType: VARINT, write: writeInteger, read: (reader) => reader.varint() },
  uint64: { wireType: VARINT, write: writeInteger, read: (reader) => reader.uint64() },
  byte: { wireType: VARINT, write: writeInteger, read: (reader) => reader.varint() },
  double: {
    wireType: FIXED64,
    write: (writer, value) => writer.double(Number(value)),
    read: (reader) => reader.double(),
  },
  float: {
    wireType: FIXED32,
    write: (writer, value) => writer.float(Number(value)),
    read: (reader) => reader.float(),
  },
  bytes: {
    wireType: BYTES,
    write: (writer, value) => writeBytes(writer, Uint8Array.fromBase64(value as string)),
    read: (reader) => reader.bytes().toBase64(),
  },
  quantity: message((writer, value) => writeField(writer, 1, value), readQuantity),
  intOrString: message(writeIntOrString, readIntOrString),
  time: message(
    (writer, value) => writeTime(writer, value, 0),
    (reader) => readTime(reader, 0),
  ),
  microTime: message(
    (writer, value) => writeTime(writer, value, 6),
    (reader) => readTime(reader, 6),
  ),
  duration: message(writeDuration, readDuration),
  rawExtension: message(writeJson, readJson),
  fieldsV1: message(writeJson, readJson),
  json: message(writeJson, readJson),
  stringList: message(writeStrings, readStrings),
}

/** A scalar that is a message on the wire. */
function message(
  write: (writer: ProtoWriter, value: unknown) => void,
  read: (reader: ProtoReader) => unknown,
): ProtoScalar {
  return {
    wireType: BYTES,
    write(writer, value) {
      const before = writer.length
      write(writer, value)
      writer.varint(writer.length - before)
    },
    read,
  }
}

function writeText(writer: ProtoWriter, value: unknown): void {
  const before = writer.length
  writer.text(value as string)
  writer.varint(writer.length - before)
}

function writeInteger(writer: ProtoWriter, value: unknown): void {
  writer.integer(value as number | bigint)
}

function writeBytes(writer: ProtoWriter, bytes: Uint8Array): void {
  writer.bytes(bytes)
  writer.varint(bytes.length)
}

function writeField(writer: ProtoWriter, tag: number, text: unknown): void {
  writeText(writer, text)
  writer.tag(tag, BYTES)
}

function readQuantity(reader: ProtoReader): unknown {
  let text = '0'
  reader.nested((tag, wireType) => {
    if (tag === 1 && wireType === BYTES) text = reader.text()
    else reader.skip(wireType)
  })
  const canonical = canonicalQuantity(text === '' ? '0' : text)
  if (canonical === undefined) throw new ProtoError(QUANTITY_ERROR)
  return canonical
}

// Fields are written last to first.
function writeIntOrString(writer: ProtoWriter, value: unknown): void {
  const isText = typeof value === 'string'
  writeField(writer, 3, isText ? value : '')
  writer.integer(isText ? 0 : (value as number))
  writer.tag(2, VARINT)
  writer.varint(isText ? 1 : 0)
  writer.tag(1, VARINT)
}

function readIntOrString(reader: ProtoReader): unknown {
  let [isText, number, text] = [false, 0, '']
  reader.nested((tag, wireType) => {
    if (tag === 1 && wireType === VARINT) isText = reader.varint() === 1
    else if (tag === 2 && wireType === VARINT) number = reader.int32()
    else if (tag === 3 && wireType === BYTES) text = reader.text()
    else reader.skip(wireType)
  })
  return isText ? text : number
}

function writeTime(writer: ProtoWriter, value: unknown, digits: 0 | 6): void {
  if (typeof value !== 'string') return // Go's zero time.
  const micros = digits === 0 ? 0 : Number(value.slice(20, 26).padEnd(6, '0'))
  writer.varint(micros * 1000)
  writer.tag(2, VARINT)
  writer.integer(Date.parse(`${value.slice(0, 19)}Z`) / 1000)
  writer.tag(1, VARINT)
}

const SECONDS_MIN = -62_135_596_800 // The year 1.
const SECONDS_MAX = 253_402_300_799 // The end of 9999.

function readTime(reader: ProtoReader, digits: 0 | 6): unknown {
  let [seconds, nanos, isEmpty] = [0, 0, true]
  reader.nested((tag, wireType) => {
    isEmpty = false
    if (tag === 1 && wireType === VARINT) seconds = Number(reader.int64())
    else if (tag === 2 && wireType === VARINT) nanos = reader.int32()
    else reader.skip(wireType)
  })
  if (isEmpty) return undefined
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) {
    throw new ProtoError('Time.UnmarshalProto: year outside of range [0,9999]')
  }
  const text = new Date(seconds * 1000).toISOString().slice(0, 19)
  const micros = String(Math.floor(nanos / 1000)).padStart(6, '0')
  return digits === 0 ? `${text}Z` : `${text}.${micros}Z`
}

function writeDuration(writer: ProtoWriter, value: unknown): void {
  const ns = parseDurationNs(value as string)
  writer.integer(typeof ns === 'bigint' ? ns : 0)
  writer.tag(1, VARINT)
}

function readDuration(reader: ProtoReader): unknown {
  let ns: number | bigint = 0
  reader.nested((tag, wireType) => {
    if (tag === 1 && wireType === VARINT) ns = reader.int64()
    else reader.skip(wireType)
  })
  return formatDurationNs(BigInt(ns))
}

const ENCODER = new TextEncoder()

function writeJson(writer: ProtoWriter, value: unknown): void {
  if (value === null) return
  writeBytes(writer, ENCODER.encode(encodeJson(value)))
  writer.tag(1, BYTES)
}

function readJson(reader: ProtoReader): unknown {
  let value: unknown
  reader.nested((tag, wireType) => {
    if (tag !== 1 || wireType !== BYTES) return reader.skip(wireType)
    const bytes = reader.bytes()
    value = bytes.length === 0 ? undefined : parseRaw(bytes)
  })
  return value
}

function parseRaw(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes)
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new ProtoError(error.message)
    throw error
  }
}

function writeStrings(writer: ProtoWriter, value: unknown): void {
  for (const text of (value as readonly string[]).toReversed()) writeField(writer, 1, text)
}

function readStrings(reader: ProtoReader): unknown {
  const texts: string[] = []
  reader.nested((tag, wireType) => {
    if (tag === 1 && wireType === BYTES) texts.push(reader.text())
    else reader.skip(wireType)
  })
  return texts
}
