import { DecodeError, inspect } from './inspect.ts'
import type { FieldInfo, ScalarType } from './field.ts'
import { perMessage } from './memo.ts'
import type { MessageClass } from './message.ts'
import { scalarDecoder } from './scalars.ts'
import { zeroOf } from './zero.ts'

export { DecodeError }

/** What decoding reports beside the value. */
export interface Decoding {
  /** The paths of fields that the declaration does not know; they are dropped from the value. */
  readonly unknownFields: string[]
}

/** Notes that something was dropped; where is looked for only then. */
interface Dropped {
  unknown: boolean
}

type Json = Record<string, unknown>
/** Undefined means absent. Throws anything where the type is wrong: what and where is looked for only then. */
type Decode = (value: unknown, dropped: Dropped) => unknown

/**
 * Brings a parsed JSON value into the form that is stored: checks types, drops unknown fields, nulls and zero values
 * that mean absence, fills in those that are always written, and makes quantities and times canonical.
 *
 * Returns the value itself where nothing had to change, else a changed copy: the argument is never written to.
 * Throws `DecodeError` on the first wrong type.
 */
export function decode(message: MessageClass, value: unknown, decoding: Decoding): Json {
  const dropped = { unknown: false }
  let decoded: unknown
  try {
    decoded = decoderOf(message)(value, dropped)
  } catch (error) {
    throw inspect(message, value).error ?? error
  }
  if (dropped.unknown) {
    for (const { path } of inspect(message, value).strict) decoding.unknownFields.push(path)
  }
  return decoded as Json
}

const decoderOf: (message: MessageClass) => Decode = perMessage(compileMessage)

const WRONG_TYPE = new TypeError('The value does not have the type that is declared')

function compileMessage(message: MessageClass): Decode {
  // Filled in on first use, since a message may contain itself.
  let fields: Map<string, Decode> | undefined
  let written: (readonly [string, () => unknown])[] = []

  return (value, dropped) => {
    if (fields === undefined) {
      fields = new Map()
      for (const [name, { info }] of Object.entries(message.fields)) {
        fields.set(name, compileField(message, info))
        if (info.zero === 'written') written = [...written, [name, () => zeroOf(info)]]
      }
    }
    if (!isObject(value)) throw WRONG_TYPE
    let out = decodeFields(value, fields, dropped)
    for (const [name, zero] of written) {
      if (out[name] !== undefined) continue
      if (out === value) out = { ...value }
      out[name] = zero()
    }
    return out
  }
}

function decodeFields(value: Json, fields: ReadonlyMap<string, Decode>, dropped: Dropped): Json {
  let out: Json | undefined
  for (const name in value) {
    const before = value[name]
    const field = fields.get(name)
    if (field === undefined) dropped.unknown = true
    const after =
      field !== undefined && before !== null && before !== undefined
        ? field(before, dropped)
        : undefined
    if (out === undefined) {
      if (after === before && after !== undefined) continue
      out = copyBefore(value, name)
    }
    if (after !== undefined) out[name] = after
  }
  return out ?? value
}

// Leaving out while copying keeps the copy a fast object, which deleting would not.
function copyBefore(value: Json, end: string): Json {
  const copy: Json = {}
  for (const name in value) {
    if (name === end) break
    copy[name] = value[name]
  }
  return copy
}

function compileField(owner: MessageClass, info: FieldInfo): Decode {
  const item = info.type === 'message' ? lazyMessage(info) : scalar(owner, info.type)
  const drops = info.zero === 'dropped'
  if (info.shape === 'list') return listDecoder(item, info, drops)
  if (info.shape === 'map') return mapDecoder(item, info, drops)
  if (!drops || KEEP_ZERO.has(info.type)) return item
  return (value, dropped) => {
    const decoded = item(value, dropped)
    return decoded === '' || decoded === 0 || decoded === false ? undefined : decoded
  }
}

const KEEP_ZERO: ReadonlySet<string> = new Set(['rawExtension', 'json', 'intOrString'])

function lazyMessage(info: FieldInfo): Decode {
  let decoder: Decode | undefined
  return (value, dropped) => (decoder ??= decoderOf(info.of!()))(value, dropped)
}

function scalar(owner: MessageClass, type: ScalarType): Decode {
  switch (type) {
    case 'jsonSchemaPropsOrArray':
    case 'jsonSchemaPropsOrBool':
      return (value, dropped) => decodeSchemas(owner, value, dropped)
    case 'jsonSchemaPropsOrStringArray':
      return (value, dropped) =>
        Array.isArray(value) ? value : decodeSchemas(owner, value, dropped)
    default:
      return scalarDecoder(type)
  }
}

// A JSON schema within a JSON schema, or several.
function decodeSchemas(owner: MessageClass, value: unknown, dropped: Dropped): unknown {
  if (Array.isArray(value)) return decodeList(value, decoderOf(owner), dropped, () => ({}))
  return isObject(value) ? decoderOf(owner)(value, dropped) : value
}

function listDecoder(item: Decode, info: FieldInfo, drops: boolean): Decode {
  const zero = (): unknown => zeroOf({ ...info, shape: 'single' })
  return (value, dropped) => {
    if (!Array.isArray(value)) throw WRONG_TYPE
    return drops && value.length === 0 ? undefined : decodeList(value, item, dropped, zero)
  }
}

function decodeList(
  list: unknown[],
  item: Decode,
  dropped: Dropped,
  zero: () => unknown,
): unknown[] {
  let out = list
  for (let i = 0; i < list.length; i++) {
    const before = list[i]
    const after = before === null ? zero() : item(before, dropped)
    if (after === before) continue
    if (out === list) out = [...list]
    out[i] = after
  }
  return out
}

function mapDecoder(item: Decode, info: FieldInfo, drops: boolean): Decode {
  return (value, dropped) => {
    if (!isObject(value)) throw WRONG_TYPE
    if (drops && isEmpty(value)) return undefined
    let out = value
    for (const key in value) {
      const before = value[key]
      const after = before === null ? zeroOf({ ...info, shape: 'single' }) : item(before, dropped)
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

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(value: Json): boolean {
  for (const _ in value) return false
  return true
}
