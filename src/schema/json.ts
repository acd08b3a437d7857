import { JSON_DEPTH_MAX, JsonSyntaxError, readOrdered } from './json-reader.ts'

export { JsonSyntaxError }

export interface ReadJson {
  readonly value: unknown
  /** Some object names a key more than once; `value` has the last. */
  readonly hasDuplicates: boolean
}

/**
 * Reads JSON exactly: integers that a double cannot hold become bigints, `__proto__` is a key like any other, and there
 * is no negative zero. Throws `JsonSyntaxError`.
 */
export function parseJson(data: Uint8Array | string): unknown {
  const bytes = typeof data === 'string' ? ENCODER.encode(data) : data
  return parse(data, survey(bytes))
}

/** As `parseJson()`, and tells of duplicate keys. */
export function readJson(data: Uint8Array | string): ReadJson {
  const bytes = typeof data === 'string' ? ENCODER.encode(data) : data
  const found = survey(bytes)
  const value = parse(data, found)
  return { value, hasDuplicates: countKeys(value) !== found.keys }
}

/** Writes JSON, bigints as the integers they are. */
export function encodeJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    // Big integers are too rare to look for beforehand.
    if (!(error instanceof TypeError)) throw error
    return JSON.stringify(value, (_, each: unknown) =>
      typeof each === 'bigint' ? rawJSON(String(each)) : each,
    )
  }
}

// Not yet known to TypeScript: https://tc39.es/proposal-json-parse-with-source/
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }

const ENCODER = new TextEncoder()
// A mark at the start is no JSON.
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })

function parse(
  data: Uint8Array | string,
  { depth, hasHardNumbers, hasSurrogates }: Survey,
): unknown {
  const text = typeof data === 'string' ? data : DECODER.decode(data)
  if (depth > JSON_DEPTH_MAX) throw new JsonSyntaxError('exceeded max depth')
  try {
    const value: unknown = hasHardNumbers ? JSON.parse(text, exactNumber) : JSON.parse(text)
    return hasSurrogates ? wellFormed(value) : value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    readOrdered(text)
    throw error // Only where the two readers differ on what is JSON.
  }
}

function exactNumber(
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  if (typeof value !== 'number') return value
  if (value === 0) return 0 // Not -0.
  const source = context?.source ?? ''
  if (!Number.isFinite(value)) {
    const number =
      source.length > NUMBER_SHOWN_MAX ? `${source.slice(0, NUMBER_SHOWN_MAX)}…` : source
    throw new JsonSyntaxError(
      `json: cannot unmarshal number ${number} into Go value of type float64`,
    )
  }
  return !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value
}

const NUMBER_SHOWN_MAX = 400

/** Half a character, which only an escape can write, is no character: Go reads it as U+FFFD. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(wellFormed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key.toWellFormed(), wellFormed(each)]),
  )
}

/** What one quick pass over the bytes tells. Means nothing where they are no JSON. */
interface Survey {
  /** How many keys all objects have together, duplicates counted. */
  readonly keys: number
  readonly depth: number
  /** A number that JSON.parse might change: an integer too large, a negative zero, an exponent. */
  readonly hasHardNumbers: boolean
  /** An escape that may be half a character. */
  readonly hasSurrogates: boolean
}

const [QUOTE, COLON, BACKSLASH, MINUS, ZERO, NINE] = [34, 58, 92, 45, 48, 57]
const [LETTER_U, LETTER_D] = [117, 100]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125]
const SAFE_DIGITS = 15

function survey(bytes: Uint8Array): Survey {
  const { length } = bytes
  let [keys, depth, deepest, digits] = [0, 0, 0, 0]
  let hasHardNumbers = false
  let hasSurrogates = false
  let i = 0
  while (i < length) {
    const byte = bytes[i++]!
    if (byte === QUOTE) {
      for (let each = bytes[i++]; i <= length && each !== QUOTE; each = bytes[i++]) {
        if (each !== BACKSLASH) continue
        hasSurrogates ||= bytes[i] === LETTER_U && (bytes[i + 1]! | 32) === LETTER_D
        i++
      }
    } else if (byte >= ZERO && byte <= NINE) {
      digits += 1
      if (digits > SAFE_DIGITS) hasHardNumbers = true
    } else {
      if (byte === COLON) keys += 1
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) deepest = Math.max(deepest, ++depth)
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1
      else if (byte === MINUS) hasHardNumbers ||= bytes[i] === ZERO
      else if (digits > 0 && (byte | 32) === 101) hasHardNumbers = true
      digits = 0
    }
  }
  return { keys, depth: deepest, hasHardNumbers, hasSurrogates }
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let keys = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') keys += countKeys(item)
    return keys
  }
  for (const key in value) {
    keys += 1
    const item = (value as Record<string, unknown>)[key]
    if (typeof item === 'object') keys += countKeys(item)
  }
  return keys
}
