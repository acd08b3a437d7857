import type { FieldInfo } from './field.ts'
import { perMessage } from './memo.ts'
import type { MessageClass } from './message.ts'
import { protoFields, type ProtoField } from './proto-fields.ts'
import { PROTO_SCALARS } from './proto-scalars.ts'
import { SCHEMA_LIST_TAG, schemaTags, type SchemaTags } from './proto-schemas.ts'
import { BYTES, ProtoWriter, VARINT } from './proto-writer.ts'
import { compareTexts } from './text-order.ts'
import { zeroOf } from './zero.ts'

type Json = Readonly<Record<string, unknown>>
/** Writes a value, its length included where it has one, but not the tag. */
type Write = (writer: ProtoWriter, value: unknown) => void
/** Writes the fields of an object, last to first. */
type WriteFields = (writer: ProtoWriter, object: Json) => void

/**
 * Encodes an object in protobuf, byte for byte as Kubernetes does: fields by tag, keys of maps sorted, and whatever is
 * no pointer in Go always written. The object must be one that `decode()` gives.
 */
export function encodeMessage(message: MessageClass, object: Json): Uint8Array {
  const writer = new ProtoWriter()
  fieldsWriter(message)(writer, object)
  return writer.finish()
}

const fieldsWriter: (message: MessageClass) => WriteFields = perMessage((message) => {
  // Made on first use, since a message may contain itself.
  let write: WriteFields | undefined
  return (writer, object) =>
    (write ??= compileFields(protoFields(message), message))(writer, object)
})

function compileFields(fields: readonly ProtoField[], owner: MessageClass): WriteFields {
  const writers = fields.toReversed().map((field) => compileField(field, owner))
  return (writer, object) => {
    for (const write of writers) write(writer, object)
  }
}

function compileField(field: ProtoField, owner: MessageClass): WriteFields {
  const { tag } = field
  if (field.kind === 'group') {
    const write = compileFields(field.fields, owner)
    return (writer, object) => {
      const before = writer.length
      write(writer, object)
      writer.nested(tag, before)
    }
  }
  const { name, info } = field
  const { wireType, write } = itemWriter(info, owner)
  if (info.shape === 'list') return listWriter(name, tag, wireType, write)
  if (info.shape === 'map') return mapWriter(name, tag, wireType, write)
  // In Go, what is no pointer is always there.
  const zero = info.zero === 'kept' || info.type === 'bytes' ? undefined : zeroOf(info)
  return (writer, object) => {
    const value = object[name] ?? zero
    if (value === undefined) return
    write(writer, value)
    writer.tag(tag, wireType)
  }
}

interface ItemWriter {
  readonly wireType: number
  readonly write: Write
}

function itemWriter(info: FieldInfo, owner: MessageClass): ItemWriter {
  if (info.type === 'message') return messageWriter(info.of!())
  return PROTO_SCALARS[info.type] ?? schemaWriter(owner, schemaTags(info.type))
}

function messageWriter(message: MessageClass): ItemWriter {
  const writeFields = fieldsWriter(message)
  return {
    wireType: BYTES,
    write(writer, value) {
      const before = writer.length
      writeFields(writer, value as Json)
      writer.varint(writer.length - before)
    },
  }
}

/** A JSON schema within a JSON schema, or what may stand in its place: others, a bool, names. */
function schemaWriter(owner: MessageClass, tags: SchemaTags): ItemWriter {
  const schema = messageWriter(owner)
  return {
    wireType: BYTES,
    write(writer, value) {
      const before = writer.length
      if (Array.isArray(value)) writeSchemas(writer, value, schema)
      else if (typeof value !== 'boolean') {
        schema.write(writer, value)
        writer.tag(tags.schema, BYTES)
      }
      if (tags.allows !== undefined) {
        writer.varint(value === false ? 0 : 1)
        writer.tag(tags.allows, VARINT)
      }
      writer.varint(writer.length - before)
    },
  }
}

function writeSchemas(writer: ProtoWriter, list: readonly unknown[], schema: ItemWriter): void {
  for (const item of list.toReversed()) {
    const { write } = typeof item === 'string' ? PROTO_SCALARS.string! : schema
    write(writer, item)
    writer.tag(SCHEMA_LIST_TAG, BYTES)
  }
}

function listWriter(name: string, tag: number, wireType: number, write: Write): WriteFields {
  return (writer, object) => {
    const list = object[name] as readonly unknown[] | undefined
    if (list === undefined) return
    for (let i = list.length - 1; i >= 0; i--) {
      write(writer, list[i])
      writer.tag(tag, wireType)
    }
  }
}

function mapWriter(name: string, tag: number, wireType: number, write: Write): WriteFields {
  const text = PROTO_SCALARS.string!
  return (writer, object) => {
    const map = object[name] as Json | undefined
    if (map === undefined) return
    for (const key of Object.keys(map).toSorted(compareTexts).toReversed()) {
      const before = writer.length
      write(writer, map[key])
      writer.tag(2, wireType)
      text.write(writer, key)
      writer.tag(1, BYTES)
      writer.nested(tag, before)
    }
  }
}
