import { type FieldInfo, type ScalarType } from './field.ts'
import { perMessage } from './memo.ts'
import { type MessageClass } from './message.ts'
import { decodeScalar } from './scalars.ts'

/** The value does not have the type that the declaration asks for. Worded as Go's JSON decoder does. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

/** What decoding reports beside the value. */
export interface Decoding {
  /** The paths of fields that the declaration does not know; they are dropped from the value. */
  readonly unknownFields: string[]
}

type Decode = (value: unknown, path: string, decoding: Decoding) => unknown

/**
 * Brings a parsed JSON value into the form that is stored: checks types, drops unknown fields, nulls and zero values
 * that mean absence, fills in those that are always written, and makes quantities and times canonical.
 *
 * Returns the value itself where nothing had to change, else a changed copy: the argument is never written to.
 * Throws `DecodeError` on the first wrong type.
 */
export function decode(
  message: MessageClass,
  value: unknown,
  decoding: Decoding,
): Record<string, unknown> {
  return messageDecoder(message)(value, '', decoding) as Record<string, unknown>
}

interface FieldDecoder {
  readonly decode: Decode
  /** Whether the decoded value means absence. */
  readonly isAbsent: (value: unknown) => boolean
}

const messageDecoder: (message: MessageClass) => Decode = perMessage(compileMessage)

function compileMessage(message: MessageClass): Decode {
  // Filled in on first use, since a message may contain itself.
  let fields: Map<string, FieldDecoder> | undefined
  let written: [string, () => unknown][] | undefined

  const compile = (): void => {
    fields = new Map()
    written = []
    for (const [name, { info }] of Object.entries(message.fields)) {
      fields.set(name, { decode: compileField(message, info), isAbsent: absence(info) })
      if (info.zero === 'written') written.push([name, zeroOf(info)])
    }
  }

  return (value, path, decoding) => {
    if (!fields || !written) compile()
    if (!isObject(value)) throw mismatch(value, path, message.name)

    let out = value
    for (const name of Object.keys(value)) {
      const before = value[name]
      const at = path === '' ? name : `${path}.${name}`
      const field = fields!.get(name)
      if (!field) decoding.unknownFields.push(at)
      const after = field && before !== null ? field.decode(before, at, decoding) : undefined
      if (after === before && !field!.isAbsent(after)) continue

      if (out === value) out = { ...value }
      if (after === undefined || field!.isAbsent(after)) delete out[name]
      else out[name] = after
    }
    for (const [name, zero] of written!) {
      if (out[name] !== undefined) continue
      if (out === value) out = { ...value }
      out[name] = zero()
    }
    return out
  }
}

function compileField(owner: MessageClass, info: FieldInfo): Decode {
  const item = info.type === 'message' ? lazyMessage(info) : scalar(owner, info.type)
  if (info.shape === 'list') return listDecoder(item, owner)
  if (info.shape === 'map') return mapDecoder(item, owner)
  return item
}

function lazyMessage(info: FieldInfo): Decode {
  let decoder: Decode | undefined
  return (value, path, decoding) => (decoder ??= messageDecoder(info.of!()))(value, path, decoding)
}

function scalar(owner: MessageClass, type: ScalarType): Decode {
  return (value, path) => {
    const result = decodeScalar(type, value)
    if (result.ok) return result.value
    throw result.problem === undefined
      ? mismatch(value, `${owner.name}.${path}`, GO_TYPES[type])
      : new DecodeError(result.problem)
  }
}

function listDecoder(item: Decode, owner: MessageClass): Decode {
  return (value, path, decoding) => {
    if (!Array.isArray(value)) throw mismatch(value, `${owner.name}.${path}`, 'slice')
    let out: unknown[] = value
    for (let i = 0; i < value.length; i++) {
      const before: unknown = value[i]
      const after = item(before, `${path}[${i}]`, decoding)
      if (after === before) continue
      if (out === value) out = [...(value as unknown[])]
      out[i] = after
    }
    return out
  }
}

function mapDecoder(item: Decode, owner: MessageClass): Decode {
  return (value, path, decoding) => {
    if (!isObject(value)) throw mismatch(value, `${owner.name}.${path}`, 'map')
    let out = value
    for (const key of Object.keys(value)) {
      const before = value[key]
      const after = before === null ? NULL_ITEM : item(before, `${path}[${key}]`, decoding)
      if (after === before) continue
      if (out === value) out = { ...value }
      // Not an assignment: `__proto__` is a legal key.
      Object.defineProperty(out, key, {
        value: after,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
    return out
  }
}

const NULL_ITEM = '' // Go decodes a null map value to the zero value; only string maps meet it in practice.

function absence(info: FieldInfo): (value: unknown) => boolean {
  if (info.shape === 'list')
    return info.zero === 'dropped' ? (v) => (v as unknown[]).length === 0 : never
  if (info.shape === 'map') return info.zero === 'dropped' ? isEmptyObject : never
  if (info.zero !== 'dropped') return never
  if (info.type === 'rawExtension' || info.type === 'json' || info.type === 'intOrString')
    return never
  return (value) => value === '' || value === 0 || value === false
}

function never(): boolean {
  return false
}

function zeroOf(info: FieldInfo): () => unknown {
  if (info.shape === 'list') return () => []
  if (info.shape === 'map') return () => ({})
  if (info.type === 'message') return () => decode(info.of!(), {}, { unknownFields: [] })
  const zero = ZEROS[info.type] ?? ''
  return () => zero
}

const ZEROS: Partial<Record<ScalarType, unknown>> = {
  bool: false,
  int32: 0,
  int64: 0,
  uint32: 0,
  uint64: 0,
  float: 0,
  double: 0,
  byte: 0,
  intOrString: 0,
  quantity: '0',
  json: null,
  rawExtension: null,
  time: null,
  microTime: null,
}

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
  intOrString: 'intstr.IntOrString',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  duration: 'v1.Duration',
  rawExtension: 'runtime.RawExtension',
  fieldsV1: 'v1.FieldsV1',
  json: 'json',
  stringList: '[]string',
  jsonSchemaPropsOrArray: 'v1.JSONSchemaPropsOrArray',
  jsonSchemaPropsOrBool: 'v1.JSONSchemaPropsOrBool',
  jsonSchemaPropsOrStringArray: 'v1.JSONSchemaPropsOrStringArray',
} satisfies Record<ScalarType, string>

/** Go's words for a value of the wrong type, at a field where `path` has one. */
function mismatch(value: unknown, path: string, type: string): DecodeError {
  const target =
    path === '' ? `value of type ${type}` : `struct field ${withoutIndexes(path)} of type ${type}`
  return new DecodeError(`json: cannot unmarshal ${jsonKind(value, type)} into Go ${target}`)
}

// Go names the fields on the way, not the items.
function withoutIndexes(path: string): string {
  return path.replaceAll(/\[[^\]]*\]/g, '')
}

function jsonKind(value: unknown, type: string): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  // Go gives the number itself where only its size or fraction is wrong.
  if (typeof value === 'number' || typeof value === 'bigint')
    return /int/.test(type) ? `number ${value}` : 'number'
  return typeof value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmptyObject(value: unknown): boolean {
  for (const _ in value as object) return false
  return true
}
