import type { FieldInfo, ScalarType } from './field.ts'
import { OrderedObject } from './json-reader.ts'
import type { MessageClass } from './message.ts'
import { decodeScalar } from './scalars.ts'

/** The value does not have the type that the declaration asks for. Worded as Go's JSON decoder does. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

/** A field that strict decoding refuses. */
export interface StrictProblem {
  readonly type: 'unknown field' | 'duplicate field'
  /** Where, such as `spec.containers[0].foo`. */
  readonly path: string
}

export interface Inspection {
  /** The first value of a wrong type. */
  readonly error?: DecodeError
  /** What strict decoding refuses, each once, in order. At most `STRICT_MAX`. */
  readonly strict: readonly StrictProblem[]
}

const STRICT_MAX = 100

/**
 * Looks for what is wrong with a parsed value, slowly and with the place of everything. Duplicate fields show only where
 * the value was read with its duplicates, as `OrderedObject`s.
 */
export function inspect(message: MessageClass, value: unknown): Inspection {
  const inspector = new Inspector()
  inspector.message(message, value, ROOT)
  const { error, strict } = inspector
  return { ...(error && { error }), strict: [...strict.values()] }
}

/** What strict decoding says of a problem. */
export function formatStrictProblem({ type, path }: StrictProblem): string {
  return `${type} ${JSON.stringify(path)}`
}

/** Where the inspection is, in the two ways of naming it. */
interface Place {
  /** With the indexes of lists and the keys of maps. */
  readonly path: string
  /** The struct and its field in Go, without them; empty at the top. */
  readonly field: string
}

const ROOT: Place = { path: '', field: '' }

class Inspector {
  error: DecodeError | undefined
  readonly strict = new Map<string, StrictProblem>()

  message(message: MessageClass, value: unknown, place: Place): void {
    const entries = entriesOf(value)
    if (!entries) return this.#mismatch(value, goName(message), place)
    const seen = new Set<string>()
    for (const [name, each] of entries) {
      const path = place.path === '' ? name : `${place.path}.${name}`
      if (!Object.hasOwn(message.fields, name)) {
        this.#refuse('unknown field', path)
        continue
      }
      if (seen.has(name)) this.#refuse('duplicate field', path)
      seen.add(name)
      if (each === null) continue
      const field = `${place.field.slice(place.field.indexOf('.') + 1)}.${name}`
      this.#field(message, message.fields[name]!.info, each, {
        path,
        field: `${message.name}.${field.replace(/^\./, '')}`,
      })
    }
  }

  #field(owner: MessageClass, info: FieldInfo, value: unknown, place: Place): void {
    if (info.shape === 'list') {
      if (!Array.isArray(value)) return this.#mismatch(value, `[]${goType(info)}`, place)
      for (const [i, item] of value.entries()) this.#item(owner, info, item, place, `[${i}]`)
    } else if (info.shape === 'map') {
      const entries = entriesOf(value)
      if (!entries) return this.#mismatch(value, `map[string]${goType(info)}`, place)
      const seen = new Set<string>()
      for (const [key, item] of entries) {
        if (seen.has(key)) this.#refuse('duplicate field', `${place.path}.${key}`)
        seen.add(key)
        this.#item(owner, info, item, place, `.${key}`)
      }
    } else this.#single(owner, info, value, place)
  }

  #item(owner: MessageClass, info: FieldInfo, item: unknown, place: Place, step: string): void {
    if (item === null) return
    this.#single(owner, info, item, { ...place, path: `${place.path}${step}` })
  }

  #single(owner: MessageClass, info: FieldInfo, value: unknown, place: Place): void {
    if (info.type === 'message') return this.message(info.of!(), value, place)
    const isSchema = info.type.startsWith('jsonSchemaProps') && entriesOf(value) !== undefined
    if (isSchema) return this.message(owner, value, place)

    const result = decodeScalar(info.type, value)
    if (result.ok) return
    if (result.problem === undefined) return this.#mismatch(value, GO_TYPES[info.type], place)
    this.error ??= new DecodeError(result.problem)
  }

  /** Go's words for a value of the wrong type. */
  #mismatch(value: unknown, type: string, { field }: Place): void {
    const target = field === '' ? `value of type ${type}` : `struct field ${field} of type ${type}`
    this.error ??= new DecodeError(
      `json: cannot unmarshal ${jsonKind(value, type)} into Go ${target}`,
    )
  }

  #refuse(type: StrictProblem['type'], path: string): void {
    if (this.strict.size >= STRICT_MAX) return
    const key = `${type} ${path}`
    if (!this.strict.has(key)) this.strict.set(key, { type, path })
  }
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (value instanceof OrderedObject) return value.entries
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.entries(value)
}

/** The name of a message's type in Go, such as `v1.Pod`. */
function goName(message: MessageClass): string {
  return `${message.info.package.split('.').at(-1)}.${message.name}`
}

function goType(info: FieldInfo): string {
  return info.type === 'message' ? goName(info.of!()) : GO_TYPES[info.type]
}

// Types with decoders of their own in Go read a plain one first, and that is named.
const GO_TYPES = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  uint32: 'uint32',
  uint64: 'uint64',
  float: 'float32',
  double: 'float64',
  byte: 'uint8',
  bytes: '[]uint8',
  quantity: 'resource.Quantity',
  intOrString: 'int32',
  time: 'string',
  microTime: 'string',
  duration: 'string',
  rawExtension: 'runtime.RawExtension',
  fieldsV1: 'v1.FieldsV1',
  json: 'json',
  stringList: '[]string',
  jsonSchemaPropsOrArray: 'v1.JSONSchemaPropsOrArray',
  jsonSchemaPropsOrBool: 'v1.JSONSchemaPropsOrBool',
  jsonSchemaPropsOrStringArray: 'v1.JSONSchemaPropsOrStringArray',
} satisfies Record<ScalarType, string>

function jsonKind(value: unknown, type: string): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  // Go gives the number itself where only its size or fraction is wrong.
  if (typeof value === 'number' || typeof value === 'bigint')
    return /^u?int\d+$/.test(type) ? `number ${value}` : 'number'
  return typeof value
}
