import { ObjectMeta } from '../../../api/meta/v1/object-meta.ts'
import { decode } from '../../../schema/decode.ts'
import {
  asRoot,
  isEmbedded,
  isMap,
  isObject,
  itemsOf,
  META_FIELDS,
  preservesUnknown,
  valuesOf,
  type Json,
  type Schema,
} from './schema.ts'

/** Notes that something was dropped; where is looked for only then. */
export interface Dropped {
  unknown: boolean
}

/**
 * Brings a value into the form that is stored: drops what the schema does not know and nulls that it does not allow, and
 * fills in defaults. Returns the value itself where nothing had to change. Throws `DecodeError` where the metadata of an
 * embedded object is malformed.
 */
export type Complete = (value: unknown, dropped: Dropped) => unknown

/** The completer of a whole object. Its own metadata is left alone. */
export function compileCompleter(schema: Schema): Complete {
  return compile(asRoot(schema), true)
}

const KEEP: Complete = (value) => value

/** One known field, as completing sees it. */
interface Field {
  readonly complete: Complete
  /** A null is something of its own. */
  readonly nullable: boolean
  readonly default: unknown
}

function compile(schema: Schema, isRoot = false): Complete {
  const items = itemsOf(schema)
  const isList = items !== undefined || schema.type === 'array'
  const isTree = schema.properties !== undefined || isMap(schema) || schema.type === 'object'
  const preserves = preservesUnknown(schema)
  const list = isList ? compileList(items, preserves) : undefined
  const object =
    isTree || isEmbedded(schema) || preserves ? compileObject(schema, isRoot) : undefined
  if (!list && !object) return KEEP
  return (value, dropped) => {
    if (Array.isArray(value)) return list ? list(value, dropped) : value
    return object && isObject(value) ? object(value, dropped) : value
  }
}

function fieldOf(schema: Schema): Field {
  const complete = compile(schema)
  const nullable = schema.nullable === true
  // Below a default there may be more to fill in.
  const value =
    schema.default === undefined ? undefined : complete(schema.default, { unknown: false })
  return { complete, nullable, default: value }
}

type CompleteList = (list: readonly unknown[], dropped: Dropped) => readonly unknown[]

function compileList(items: Schema | undefined, preserves: boolean): CompleteList {
  const item: Field = items
    ? fieldOf(items)
    : { complete: preserves ? KEEP : emptied, nullable: true, default: undefined }
  return (list, dropped) => {
    let out = list as unknown[]
    for (let i = 0; i < list.length; i++) {
      const before = list[i]
      const isNull = before === null && !item.nullable && item.default !== undefined
      const after = isNull ? item.default : item.complete(before, dropped)
      if (after === before) continue
      if (out === list) out = [...list]
      out[i] = after
    }
    return out
  }
}

/** Where nothing is said of the fields of an object, it has none. */
const emptied: Complete = (value, dropped) => {
  if (Array.isArray(value)) return value.map((each) => emptied(each, dropped))
  if (!isObject(value)) return value
  for (const _ in value) {
    dropped.unknown = true
    return {}
  }
  return value
}

function compileObject(schema: Schema, isRoot: boolean): (value: Json, dropped: Dropped) => Json {
  const fields = fieldsOf(schema, isRoot)
  const defaults = [...fields].filter((each) => each[1].default !== undefined)
  const others = othersOf(schema)
  const preserves = preservesUnknown(schema)

  return (value, dropped) => {
    let out: Record<string, unknown> | undefined
    for (const name in value) {
      const before = value[name]
      const field = fields.get(name) ?? others
      let after = before
      if (field === undefined) {
        if (!preserves) {
          after = undefined
          dropped.unknown = true
        }
      } else if (before === null && !field.nullable) after = field.default
      else after = field.complete(before, dropped)
      if (out === undefined) {
        if (after === before) continue
        out = copyBefore(value, name)
      }
      if (after !== undefined) put(out, name, after)
    }
    for (const [name, field] of defaults) {
      if (Object.hasOwn(out ?? value, name)) continue
      out ??= { ...value }
      put(out, name, field.default)
    }
    return out ?? value
  }
}

function fieldsOf(schema: Schema, isRoot: boolean): ReadonlyMap<string, Field> {
  const fields = new Map(
    Object.entries(schema.properties ?? {}).map(([name, each]) => [name, fieldOf(each)]),
  )
  if (!isEmbedded(schema)) return fields
  const known = isRoot ? KEEP : decodeMetadata
  for (const name of META_FIELDS) {
    const declared = fields.get(name)
    const complete = name === 'metadata' ? known : KEEP
    fields.set(name, { complete, nullable: isRoot, default: declared?.default })
  }
  return fields
}

const decodeMetadata: Complete = (value, dropped) => {
  if (value === null) return value
  const unknownFields: string[] = []
  const decoded = decode(ObjectMeta, value, { unknownFields })
  if (unknownFields.length > 0) dropped.unknown = true
  return decoded
}

function othersOf(schema: Schema): Field | undefined {
  const values = valuesOf(schema)
  if (values) return fieldOf(values)
  if (!isMap(schema)) return undefined
  const complete = preservesUnknown(schema) ? KEEP : emptied
  return { complete, nullable: true, default: undefined }
}

function copyBefore(value: Json, end: string): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const name in value) {
    if (name === end) break
    put(copy, name, value[name])
  }
  return copy
}

/** Not a mere assignment: `__proto__` is a legal key. */
function put(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value
  else {
    Object.defineProperty(object, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
}
