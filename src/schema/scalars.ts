import { timestampOf } from '../base/clock.ts'
import { recent } from '../base/recent.ts'
import { formatDurationNs, parseDurationNs } from './duration.ts'
import type { ScalarType } from './field.ts'
import { canonicalQuantity, QUANTITY_ERROR } from './quantity.ts'

/** A decoded scalar, or what is wrong with it; no `problem` means simply the wrong JSON type. */
export type ScalarResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem?: string }

const WRONG_TYPE: ScalarResult = { ok: false }

/** The value as it is stored; undefined is never given. Throws where it is wrong: `decodeScalar()` tells in what. */
export type ScalarDecoder = (value: unknown) => unknown

/** The decoder of one type of scalar. The commonest are spelled out, for speed. */
export function scalarDecoder(type: ScalarType): ScalarDecoder {
  if (type === 'string') return (value) => (typeof value === 'string' ? value : fail())
  if (type === 'bool') return (value) => (typeof value === 'boolean' ? value : fail())
  if (type === 'json') return (value) => value
  if (type === 'int32') return (value) => (isInt32(value) ? value : fallback(type, value))
  if (type === 'int64') return (value) => (isSmall(value) ? value : fallback(type, value))
  if (type === 'quantity') return (value) => quantityOf(value) ?? fallback(type, value)
  if (type === 'time') return (value) => timeOf(value) ?? fallback(type, value)
  if (type === 'intOrString') {
    return (value) => (typeof value === 'string' || isInt32(value) ? value : fallback(type, value))
  }
  return (value) => fallback(type, value)
}

function fallback(type: ScalarType, value: unknown): unknown {
  const result = decodeScalar(type, value)
  return result.ok ? result.value : fail()
}

// Both leave out zero, which may be a negative one.
function isInt32(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value && value !== 0
}

function isSmall(value: unknown): boolean {
  return Number.isSafeInteger(value) && value !== 0
}

const canonical = recent(canonicalQuantity)

function quantityOf(value: unknown): string | undefined {
  return typeof value === 'string' ? canonical(value) : undefined
}

// Most of an object's times are of one second, and many objects are written in it.
const canonicalTime = recent((text) => {
  const result = time(text, SECONDS, timestampOf)
  return result.ok ? result.value : undefined
})

function timeOf(value: unknown): unknown {
  return typeof value === 'string' ? canonicalTime(value) : undefined
}

function fail(): never {
  throw WRONG_SCALAR
}

const WRONG_SCALAR = new TypeError('The value does not have the type that is declared')

/** Checks one scalar and brings it into canonical form. */
export function decodeScalar(type: ScalarType, value: unknown): ScalarResult {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? { ok: true, value } : WRONG_TYPE
    case 'bool':
      return typeof value === 'boolean' ? { ok: true, value } : WRONG_TYPE
    case 'int32':
      return integer(value, -(2 ** 31), 2 ** 31 - 1)
    case 'uint32':
      return integer(value, 0, 2 ** 32 - 1)
    case 'byte':
      return integer(value, 0, 255)
    case 'int64':
      return bigInteger(value, -(2n ** 63n), 2n ** 63n - 1n)
    case 'uint64':
      return bigInteger(value, 0n, 2n ** 64n - 1n)
    case 'float':
    case 'double':
      // Written without a fraction, a large number is read as an integer first.
      if (typeof value === 'bigint') return { ok: true, value: Number(value) }
      return typeof value === 'number' ? { ok: true, value } : WRONG_TYPE
    case 'bytes':
      return base64(value)
    case 'quantity':
      return quantity(value)
    case 'intOrString':
      return typeof value === 'string'
        ? { ok: true, value }
        : integer(value, -(2 ** 31), 2 ** 31 - 1)
    case 'time':
      return time(value, SECONDS, timestampOf)
    case 'microTime':
      return time(value, MICROSECONDS, formatMicroseconds)
    case 'duration':
      return typeof value === 'string' ? duration(value) : WRONG_TYPE
    case 'rawExtension':
    case 'fieldsV1':
      return typeof value === 'object' && value !== null ? { ok: true, value } : WRONG_TYPE
    case 'stringList':
      return Array.isArray(value) && value.every((each) => typeof each === 'string')
        ? { ok: true, value }
        : WRONG_TYPE
    case 'json':
    case 'jsonSchemaPropsOrArray':
    case 'jsonSchemaPropsOrBool':
    case 'jsonSchemaPropsOrStringArray':
      return { ok: true, value }
    default:
      return type satisfies never
  }
}

function integer(value: unknown, min: number, max: number): ScalarResult {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    return WRONG_TYPE
  return { ok: true, value: value === 0 ? 0 : value } // Not -0.
}

function bigInteger(value: unknown, min: bigint, max: bigint): ScalarResult {
  if (typeof value === 'bigint') {
    if (value < min || value > max) return WRONG_TYPE
    return { ok: true, value: Number.isSafeInteger(Number(value)) ? Number(value) : value }
  }
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min) return WRONG_TYPE
  return { ok: true, value: value === 0 ? 0 : value }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function base64(value: unknown): ScalarResult {
  if (typeof value !== 'string') return WRONG_TYPE
  if (BASE64.test(value)) return { ok: true, value }
  const text = value.replaceAll(/[\r\n]/g, '') // Go's decoder passes over line breaks.
  if (BASE64.test(text)) return { ok: true, value: text }
  const legal = /^(?:[A-Za-z0-9+/]{4})*[A-Za-z0-9+/]{0,3}/.exec(text)![0].length
  return { ok: false, problem: `illegal base64 data at input byte ${legal}` }
}

function quantity(value: unknown): ScalarResult {
  const canonical =
    typeof value === 'string' || typeof value === 'number'
      ? canonicalQuantity(String(value))
      : undefined
  return canonical === undefined
    ? { ok: false, problem: QUANTITY_ERROR }
    : { ok: true, value: canonical }
}

const SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const MICROSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.(\d+))?(?:[Zz]|[+-]\d\d:\d\d)$/

function time(
  value: unknown,
  canonical: RegExp,
  format: (ms: number, fraction: string) => string,
): ScalarResult {
  if (typeof value !== 'string') return WRONG_TYPE
  const match = RFC3339.exec(value)
  const ms = match ? Date.parse(value) : Number.NaN
  if (Number.isNaN(ms)) {
    return {
      ok: false,
      problem: `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`,
    }
  }
  return { ok: true, value: canonical.test(value) ? value : format(ms, match![1] ?? '') }
}

function formatMicroseconds(ms: number, fraction: string): string {
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
}

function duration(value: string): ScalarResult {
  const ns = parseDurationNs(value)
  return typeof ns === 'bigint' ? { ok: true, value: formatDurationNs(ns) } : { ok: false, ...ns }
}
