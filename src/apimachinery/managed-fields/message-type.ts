import type { FieldInfo, ScalarType } from '../../schema/field.ts'
import { perMessage } from '../../schema/memo.ts'
import type { MessageClass } from '../../schema/message.ts'
import { zeroOf } from '../../schema/zero.ts'
import {
  ANY_ATOMIC,
  type FieldSchema,
  type MapSchema,
  type ScalarSchema,
  type TypeSchema,
} from './type-schema.ts'

/** The type that a message declares, as upstream derives it from OpenAPI. */
export const messageType: (message: MessageClass) => MapSchema = perMessage((message) => {
  // Filled in on first use, since a message may contain itself.
  let fields: ReadonlyMap<string, FieldSchema> | undefined
  return {
    kind: 'map',
    atomic: message.info.atomic,
    get fields() {
      return (fields ??= fieldsOf(message))
    },
  }
})

function fieldsOf(message: MessageClass): ReadonlyMap<string, FieldSchema> {
  const fields = new Map<string, FieldSchema>()
  for (const [name, { info }] of Object.entries(message.fields)) {
    // Ownership itself is owned by nobody.
    if (name !== 'managedFields') fields.set(name, fieldSchema(info))
  }
  return fields
}

function fieldSchema(info: FieldInfo): FieldSchema {
  let type: TypeSchema | undefined
  const value = keyDefault(info)
  return {
    type: () => (type ??= fieldType(info)),
    ...(value !== undefined && { default: value }),
  }
}

// OpenAPI tells the zero value as the default of whatever is always written.
function keyDefault(info: FieldInfo): unknown {
  if (info.shape !== 'single' || info.type === 'message') return undefined
  if (info.defaultTold) return info.default
  return info.zero === 'written' ? zeroOf(info) : undefined
}

function fieldType(info: FieldInfo): TypeSchema {
  const element = (): TypeSchema => elementType(info)
  if (info.shape === 'list') {
    return {
      kind: 'list',
      relation: info.listType ?? 'atomic',
      keys: (info.mapKeys ?? []).toSorted(),
      element,
    }
  }
  const atomic = info.atomic === true
  if (info.shape === 'map') return { kind: 'map', atomic, fields: new Map(), element }
  const type = element()
  return atomic && type.kind === 'map' ? { ...type, fields: type.fields, atomic } : type
}

function elementType(info: FieldInfo): TypeSchema {
  if (info.type === 'message') return messageType(info.of!())
  return SCALARS[info.type] ?? ANY_ATOMIC
}

const STRING: ScalarSchema = { kind: 'scalar', scalar: 'string' }
const NUMERIC: ScalarSchema = { kind: 'scalar', scalar: 'numeric' }
const BOOLEAN: ScalarSchema = { kind: 'scalar', scalar: 'boolean' }
const UNTYPED: ScalarSchema = { kind: 'scalar', scalar: 'untyped' }

const SCALARS: Partial<Record<ScalarType, ScalarSchema>> = {
  string: STRING,
  bytes: STRING,
  duration: STRING,
  bool: BOOLEAN,
  int32: NUMERIC,
  int64: NUMERIC,
  uint32: NUMERIC,
  uint64: NUMERIC,
  float: NUMERIC,
  double: NUMERIC,
  byte: NUMERIC,
  quantity: UNTYPED,
  intOrString: UNTYPED,
  time: UNTYPED,
  microTime: UNTYPED,
}
