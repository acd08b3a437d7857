import type { FieldInfo } from './field.ts'
import { perMessage } from './memo.ts'
import type { MessageClass } from './message.ts'
import { protoFields, type ProtoField } from './proto-fields.ts'
import { ProtoError, ProtoReader } from './proto-reader.ts'
import { PROTO_SCALARS, type ProtoScalar } from './proto-scalars.ts'
import { SCHEMA_LIST_TAG, schemaTags } from './proto-schemas.ts'
import { BYTES, VARINT } from './proto-writer.ts'
import { zeroOf } from './zero.ts'

type Json = Record<string, unknown>
/** Reads one field into the object that it belongs to. */
type ReadField = (reader: ProtoReader, wireType: number, object: Json) => void
type Read = (reader: ProtoReader, before: unknown) => unknown

/**
 * Decodes an object from protobuf into the form that is stored, as `decode()` gives it. Unknown fields are passed over.
 * Throws `ProtoError`.
 */
export function decodeMessage(message: MessageClass, bytes: Uint8Array): Json {
  const reader = new ProtoReader(bytes)
  const { fields, finish } = decoderOf(message)
  const object: Json = {}
  reader.fields((tag, wireType) => readField(fields(), reader, tag, wireType, object))
  finish(object)
  return object
}

type FieldReaders = ReadonlyMap<number, ReadField>

interface Decoder {
  readonly fields: () => FieldReaders
  /** Fills in what is always written in JSON. */
  readonly finish: (object: Json) => void
}

const decoderOf: (message: MessageClass) => Decoder = perMessage((message) => {
  // Made on first use, since a message may contain itself.
  let fields: FieldReaders | undefined
  const written = Object.entries(message.fields).filter(([, { info }]) => info.zero === 'written')
  return {
    fields: () => (fields ??= compileFields(protoFields(message), message)),
    finish(object) {
      for (const [name, { info }] of written) {
        if (object[name] === undefined) object[name] = zeroOf(info)
      }
    },
  }
})

function compileFields(fields: readonly ProtoField[], owner: MessageClass): FieldReaders {
  return new Map(fields.map((field) => [field.tag, compileField(field, owner)]))
}

function readField(
  fields: FieldReaders,
  reader: ProtoReader,
  tag: number,
  wireType: number,
  object: Json,
): void {
  const read = fields.get(tag)
  if (read) read(reader, wireType, object)
  else reader.skip(wireType)
}

function compileField(field: ProtoField, owner: MessageClass): ReadField {
  if (field.kind === 'group') {
    const inner = compileFields(field.fields, owner)
    return (reader, wireType, object) => {
      expect(wireType, BYTES, owner.name)
      reader.nested((tag, type) => readField(inner, reader, tag, type, object))
    }
  }
  const { name, info } = field
  const item = itemReader(info, owner)
  if (info.shape === 'list') return listReader(name, info, item)
  if (info.shape === 'map') return mapReader(name, info, item)
  return singleReader(name, info, item)
}

interface ItemReader {
  readonly wireType: number
  readonly read: Read
}

function itemReader(info: FieldInfo, owner: MessageClass): ItemReader {
  if (info.type === 'message') return messageReader(info.of!())
  return PROTO_SCALARS[info.type] ?? schemaReader(info, owner)
}

function messageReader(message: MessageClass): ItemReader {
  const { fields, finish } = decoderOf(message)
  return {
    wireType: BYTES,
    read(reader, before) {
      // A message that comes in two parts is one.
      const object = (before ?? {}) as Json
      const readers = fields()
      reader.nested((tag, wireType) => readField(readers, reader, tag, wireType, object))
      finish(object)
      return object
    },
  }
}

/** A JSON schema within a JSON schema, or what may stand in its place: others, a bool, names. */
function schemaReader(info: FieldInfo, owner: MessageClass): ItemReader {
  const { type } = info
  const schema = messageReader(owner)
  const tags = type === 'message' ? { schema: 1 } : schemaTags(type)
  const item: ProtoScalar | ItemReader =
    type === 'jsonSchemaPropsOrStringArray' ? PROTO_SCALARS.string! : schema
  return {
    wireType: BYTES,
    read(reader) {
      let [single, allows]: unknown[] = []
      const list: unknown[] = []
      reader.nested((tag, wireType) => {
        if (tag === tags.schema && wireType === BYTES) single = schema.read(reader, single)
        else if (tag === tags.allows && wireType === VARINT) allows = reader.varint() !== 0
        else if (tag === SCHEMA_LIST_TAG && wireType === BYTES) {
          list.push(item.read(reader, undefined))
        } else reader.skip(wireType)
      })
      return single ?? (tags.allows === undefined ? list : (allows ?? false))
    },
  }
}

function singleReader(name: string, info: FieldInfo, item: ItemReader): ReadField {
  const drops = info.zero === 'dropped'
  return (reader, wireType, object) => {
    expect(wireType, item.wireType, name)
    const value = item.read(reader, object[name])
    if (value === undefined) return
    // Zero values are on the wire although they mean absence.
    if (drops && (value === '' || value === 0 || value === false)) delete object[name]
    else object[name] = value
  }
}

function listReader(
  name: string,
  info: FieldInfo,
  { wireType: itemType, read }: ItemReader,
): ReadField {
  const readItem = (reader: ProtoReader): unknown =>
    read(reader, undefined) ?? zeroOf({ ...info, shape: 'single' })
  return (reader, wireType, object) => {
    const list = (object[name] ??= []) as unknown[]
    if (wireType === itemType) list.push(readItem(reader))
    else if (wireType === BYTES) reader.packed(() => list.push(readItem(reader)))
    else expect(wireType, itemType, name)
  }
}

function mapReader(name: string, info: FieldInfo, item: ItemReader): ReadField {
  const text = PROTO_SCALARS.string!
  return (reader, wireType, object) => {
    expect(wireType, BYTES, name)
    let key = ''
    let value: unknown
    reader.nested((tag, type) => {
      if (tag === 1 && type === BYTES) key = text.read(reader) as string
      else if (tag === 2 && type === item.wireType) value = item.read(reader, value)
      else reader.skip(type)
    })
    // Not an assignment: `__proto__` is a legal key.
    Object.defineProperty((object[name] ??= {}), key, {
      value: value ?? zeroOf({ ...info, shape: 'single' }),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
}

function expect(wireType: number, expected: number, name: string): void {
  if (wireType === expected) return
  throw new ProtoError(`proto: wrong wireType = ${wireType} for field ${capitalized(name)}`)
}

function capitalized(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1)
}
