import { ObjectMeta } from '../../../api/meta/v1/object-meta.ts'
import { messageType } from '../../../apimachinery/managed-fields/message-type.ts'
import {
  ANY,
  ANY_ATOMIC,
  type FieldSchema,
  type ScalarSchema,
  type TypeSchema,
} from '../../../apimachinery/managed-fields/type-schema.ts'
import {
  asRoot,
  isEmbedded,
  isMap,
  itemsOf,
  preservesUnknown,
  valuesOf,
  type Schema,
} from '../schema/schema.ts'

const STRING: ScalarSchema = { kind: 'scalar', scalar: 'string' }
const NUMERIC: ScalarSchema = { kind: 'scalar', scalar: 'numeric' }
const BOOLEAN: ScalarSchema = { kind: 'scalar', scalar: 'boolean' }
const UNTYPED: ScalarSchema = { kind: 'scalar', scalar: 'untyped' }

const SCALARS: Readonly<Record<string, ScalarSchema>> = {
  string: STRING,
  integer: NUMERIC,
  number: NUMERIC,
  boolean: BOOLEAN,
}

/** How server-side apply sees a custom resource, by its schema. */
export function typeOfObject(schema: Schema): TypeSchema {
  return typeOf(asRoot(schema))
}

function typeOf(schema: Schema): TypeSchema {
  const { type = '' } = schema
  if (schema['x-kubernetes-int-or-string']) return UNTYPED
  if (type === 'array') return listType(schema)
  if (type === 'object') return objectType(schema)
  return SCALARS[type] ?? (preservesUnknown(schema) ? ANY : ANY_ATOMIC)
}

function listType(schema: Schema): TypeSchema {
  const items = itemsOf(schema)
  const relation = schema['x-kubernetes-list-type']
  let element: TypeSchema | undefined
  return {
    kind: 'list',
    relation: relation === 'map' || relation === 'set' ? relation : 'atomic',
    keys: (schema['x-kubernetes-list-map-keys'] ?? []).toSorted(),
    element: () => (element ??= items ? typeOf(items) : ANY),
  }
}

function objectType(schema: Schema): TypeSchema {
  const atomic = schema['x-kubernetes-map-type'] === 'atomic'
  const names = Object.keys(schema.properties ?? {})
  const others = othersOf(schema)
  if (names.length === 0 && !others && !isEmbedded(schema)) return atomic ? ANY_ATOMIC : ANY
  let fields: ReadonlyMap<string, FieldSchema> | undefined
  return {
    kind: 'map',
    atomic,
    // Made when it is asked for: most definitions are never applied to.
    get fields() {
      return (fields ??= fieldsOf(schema))
    },
    ...(others && { element: others }),
  }
}

function othersOf(schema: Schema): (() => TypeSchema) | undefined {
  const values = valuesOf(schema)
  let type: TypeSchema | undefined
  if (values) return () => (type ??= typeOf(values))
  return isMap(schema) || preservesUnknown(schema) ? () => ANY : undefined
}

function fieldsOf(schema: Schema): ReadonlyMap<string, FieldSchema> {
  const fields = new Map<string, FieldSchema>()
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    let type: TypeSchema | undefined
    fields.set(name, {
      type: () => (type ??= typeOf(each)),
      ...(each.default !== undefined && { default: each.default }),
    })
  }
  if (isEmbedded(schema)) {
    fields.set('apiVersion', { type: () => STRING })
    fields.set('kind', { type: () => STRING })
    fields.set('metadata', { type: () => messageType(ObjectMeta) })
  }
  return fields
}
