import * as types from '../check/type.ts'
import { Timestamp, parseDuration, parseTimestamp } from '../values/time.ts'
import type { ListSemantics, Value } from '../values/value.ts'
import { MapValue } from '../values/value.ts'
import type { DeclaredType } from './declared-type.ts'
import { BOOL, DOUBLE, INT, scalar } from './declared-type.ts'
import { escapeName } from './escape.ts'
import type { JsonSchema } from './json-schema.ts'
import { withTypeAndObjectMeta } from './json-schema.ts'
import type { Convert, JsonField, JsonObject } from './json-values.ts'
import { JsonList, JsonMap, JsonStruct, nativeValue } from './json-values.ts'

/** Kubernetes' limits, from which it follows how large a value without a limit of its own can be. */
const REQUEST_BYTES_MAX = 3 * 1024 * 1024
const STRING_MIN = 2
const DATETIME_MIN = 21
const DATE_SIZE = 12
const DURATION_MIN = 3
const TIME_MAX = 32

export interface SchemaOptions {
  /** What the root is called in errors; `selfType` where nothing is said. What lies below it is named after its path. */
  readonly name?: string
  /** Of a resource: kind, apiVersion and the names in its metadata can be read though the schema says nothing of them. */
  readonly isResourceRoot?: boolean
}

/**
 * The type of data that an OpenAPI schema describes; undefined where expressions cannot see it (no type, or unknown
 * fields alone). As Kubernetes maps schemas: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
export function typesFromSchema(
  schema: JsonSchema,
  { name = 'selfType', isResourceRoot = false }: SchemaOptions = {},
): DeclaredType | undefined {
  if (schema['x-kubernetes-int-or-string']) {
    return scalar(
      types.DYN,
      1,
      schema.maxLength === undefined ? REQUEST_BYTES_MAX - 2 : textMax(schema),
    )
  }
  const whole = isResourceRoot ? withTypeAndObjectMeta(schema) : schema
  switch (whole.type) {
    case 'array':
      return listType(whole, name)
    case 'object':
      return whole.additionalProperties && typeof whole.additionalProperties === 'object'
        ? mapType(whole, whole.additionalProperties, name)
        : structType(whole, name)
    case 'string':
      return textType(whole)
    case 'boolean':
      return BOOL
    case 'number':
      return DOUBLE
    case 'integer':
      return INT
    default:
      return undefined
  }
}

function below(schema: JsonSchema, name: string): DeclaredType | undefined {
  const isResourceRoot = schema['x-kubernetes-embedded-resource'] === true
  return typesFromSchema(schema, { name, isResourceRoot })
}

function listType(schema: JsonSchema, name: string): DeclaredType | undefined {
  const item = schema.items && below(schema.items, `${name}.@idx`)
  if (!item) return undefined
  const fits = Math.floor((REQUEST_BYTES_MAX - 2) / (item.bytesMin + 1))
  const semantics = semanticsOf(schema)
  const convert = nullable(item)
  return {
    type: types.listOf(item.type),
    sizeMax: schema.maxItems === undefined ? fits : Math.max(0, schema.maxItems),
    bytesMin: 2,
    item,
    toValue: (json) =>
      Array.isArray(json) ? new JsonList(json, convert, semantics) : nativeValue(json),
  }
}

function semanticsOf(schema: JsonSchema): ListSemantics | undefined {
  const type = schema['x-kubernetes-list-type']
  if (type === 'set') return { type }
  if (type !== 'map') return undefined
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  return { type, keys: keys.map((key) => escapeName(key) ?? key) }
}

function mapType(schema: JsonSchema, values: JsonSchema, name: string): DeclaredType | undefined {
  const item = below(values, `${name}.@elem`)
  if (!item) return undefined
  const fits = Math.floor((REQUEST_BYTES_MAX - 2) / (item.bytesMin + 6))
  const convert = nullable(item)
  return {
    type: types.mapOf(types.STRING, item.type),
    sizeMax: schema.maxProperties === undefined ? fits : Math.max(0, schema.maxProperties),
    bytesMin: 2,
    key: scalar(types.STRING, STRING_MIN),
    item,
    toValue: (json) => (isObject(json) ? new JsonMap(json, convert) : nativeValue(json)),
  }
}

function structType(schema: JsonSchema, name: string): DeclaredType {
  const required = new Set(schema.required)
  const fields = new Map<string, DeclaredType>()
  const readers = new Map<string, JsonField>()
  let bytesMin = 2
  for (const [property, propertySchema] of Object.entries(schema.properties ?? {})) {
    const escaped = escapeName(property)
    const type = below(propertySchema, `${name}.${escaped ?? property}`)
    if (!type) continue
    if (escaped !== undefined) {
      fields.set(escaped, type)
      readers.set(escaped, { name: property, convert: nullable(type) })
    }
    const isFilledIn = propertySchema.default !== undefined && propertySchema.default !== null
    if (required.has(property) && !isFilledIn) bytesMin += property.length + type.bytesMin + 4
  }
  return {
    type: types.struct(name),
    sizeMax: 0,
    bytesMin,
    fields,
    toValue: (json) => (isObject(json) ? new JsonStruct(json, readers, name) : nativeValue(json)),
  }
}

function textType(schema: JsonSchema): DeclaredType {
  switch (schema.format) {
    case 'byte': {
      const sizeMax =
        schema.maxLength === undefined ? REQUEST_BYTES_MAX - 2 : Math.max(0, schema.maxLength)
      return { ...scalar(types.BYTES, STRING_MIN, sizeMax), toValue: bytesValue }
    }
    case 'duration':
      return { ...scalar(types.DURATION, DURATION_MIN, TIME_MAX), toValue: durationValue }
    case 'date':
      return { ...scalar(types.TIMESTAMP, DATE_SIZE, DATE_SIZE), toValue: timestampValue }
    case 'date-time':
      return { ...scalar(types.TIMESTAMP, DATETIME_MIN, TIME_MAX), toValue: timestampValue }
    default:
      return scalar(types.STRING, STRING_MIN, textMax(schema))
  }
}

function textMax(schema: JsonSchema): number {
  // A length is in code points, and what is estimated is bytes: up to four for each.
  if (schema.maxLength !== undefined) return Math.max(0, schema.maxLength) * 4
  if (schema.enum && schema.enum.length > 0) {
    const bytes = (text: string): number => new TextEncoder().encode(text).length
    return Math.max(0, ...schema.enum.map((each) => (typeof each === 'string' ? bytes(each) : 0)))
  }
  return REQUEST_BYTES_MAX - 2
}

function nullable(type: DeclaredType): Convert {
  return (json) => (json === null ? null : type.toValue(json))
}

function isObject(json: unknown): json is JsonObject {
  return (
    typeof json === 'object' && json !== null && !Array.isArray(json) && !(json instanceof MapValue)
  )
}

function bytesValue(json: unknown): Value {
  if (typeof json !== 'string') return nativeValue(json)
  try {
    return Uint8Array.fromBase64(json)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return json
  }
}

function durationValue(json: unknown): Value {
  return (typeof json === 'string' ? parseDuration(json) : undefined) ?? nativeValue(json)
}

function timestampValue(json: unknown): Value {
  if (typeof json !== 'string') return nativeValue(json)
  const text = /^\d{4}-\d\d-\d\d$/.test(json) ? `${json}T00:00:00Z` : json
  const parsed = parseTimestamp(text)
  return parsed instanceof Timestamp ? parsed : json
}
