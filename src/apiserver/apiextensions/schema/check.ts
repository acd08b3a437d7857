import { equal } from '../../../apimachinery/equality.ts'
import { formatTest } from './formats.ts'
import { isInRange, isInteger, isMultipleOf, isNumber, type JsonNumber } from './numbers.ts'
import { compilePattern } from './patterns.ts'
import { isObject, itemsOf, valuesOf, type Json, type Schema } from './schema.ts'

/** Whether a value is as its schema says. What is wrong with it, `explain()` tells, slowly. */
export type Check = (value: unknown) => boolean

/** Compiles what a schema says of values to closures. Undefined where it says nothing. */
export function compileCheck(schema: Schema): Check | undefined {
  const type = typeCheck(schema)
  const checks = [
    junctors(schema),
    stringCheck(schema),
    numberCheck(schema),
    listCheck(schema),
    enumCheck(schema),
    objectCheck(schema),
  ].filter((check) => check !== undefined)
  const nulls = nullCheck(schema)
  if (!type && checks.length === 0 && !nulls) return undefined
  const all = type ? [type, ...checks] : checks
  return (value) => {
    if (value === null) return nulls?.() ?? true
    for (const check of all) if (!check(value)) return false
    return true
  }
}

/** The types of JSON that a schema takes; none where it takes all. */
export function typesOf(schema: Schema): readonly string[] {
  if (schema['x-kubernetes-int-or-string']) return ['integer', 'string']
  return schema.type ? [schema.type] : []
}

// Of a null nothing is asked but whether there may be one.
function nullCheck(schema: Schema): (() => boolean) | undefined {
  const isRefused = (typesOf(schema).length > 0 && !schema.nullable) || hasEnum(schema)
  return isRefused ? () => false : undefined
}

const TYPE_CHECKS: Readonly<Record<string, Check>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => isNumber(value) && isInteger(value),
  number: isNumber,
  array: (value) => Array.isArray(value),
  object: isObject,
}

function typeCheck(schema: Schema): Check | undefined {
  const types = typesOf(schema)
  if (types.length === 0) return undefined
  if (types.length === 1) return TYPE_CHECKS[types[0]!] ?? (() => false)
  return (value) => types.some((type) => TYPE_CHECKS[type]!(value))
}

/** Compiled when it is first asked, since most schemas of most definitions never are. */
function lazy(schema: Schema): Check {
  let compiled: Check | undefined
  return (value) => (compiled ??= compileCheck(schema) ?? anything)(value)
}

function anything(): boolean {
  return true
}

function junctors({ allOf = [], anyOf = [], oneOf = [], not }: Schema): Check | undefined {
  const [all, any, one] = [allOf.map(lazy), anyOf.map(lazy), oneOf.map(lazy)]
  const none = not && lazy(not)
  if (all.length + any.length + one.length === 0 && !none) return undefined
  return (value) =>
    (any.length === 0 || any.some((check) => check(value))) &&
    (one.length === 0 || one.filter((check) => check(value)).length === 1) &&
    all.every((check) => check(value)) &&
    !none?.(value)
}

function stringCheck(schema: Schema): Check | undefined {
  const { maxLength, minLength, pattern, format } = schema
  const test = pattern ? lazyPattern(pattern) : undefined
  const isFormat = hasStringFormat(schema) ? formatTest(format!) : undefined
  if (maxLength === undefined && minLength === undefined && !test && !isFormat) return undefined
  return (value) => {
    if (typeof value !== 'string') return true
    if (maxLength !== undefined && isLonger(value, maxLength)) return false
    if (minLength !== undefined && minLength > 0 && !isLonger(value, minLength - 1)) return false
    return (test?.(value) ?? true) && (isFormat?.(value) ?? true)
  }
}

export function hasStringFormat({ type = '', format = '' }: Schema): boolean {
  return format !== '' && (type === '' || type === 'string')
}

function lazyPattern(pattern: string): (text: string) => boolean {
  let compiled: ((text: string) => boolean) | undefined
  return (text) => (compiled ??= compilePattern(pattern))(text)
}

/** Whether a text has more than so many characters (code points). */
export function isLonger(text: string, max: number): boolean {
  const units = text.length
  if (units <= max) return false
  if (units > max * 2) return true
  let count = 0
  for (const _ of text) count += 1
  return count > max
}

function numberCheck(schema: Schema): Check | undefined {
  const { type = '', format = '', maximum, minimum, multipleOf } = schema
  const isBounded = format === 'int32' || format === 'float'
  const isAny = maximum !== undefined || minimum !== undefined || multipleOf !== undefined
  if (!isAny && !isBounded) return undefined
  return (value) =>
    !isNumber(value) ||
    ((!isBounded || isInRange(value, type, format)) &&
      !exceeds(schema, value) &&
      !fallsBelow(schema, value) &&
      (multipleOf === undefined || isMultipleOf(value, multipleOf)))
}

export function exceeds({ maximum, exclusiveMaximum }: Schema, value: JsonNumber): boolean {
  if (maximum === undefined) return false
  return exclusiveMaximum ? value >= maximum : value > maximum
}

export function fallsBelow({ minimum, exclusiveMinimum }: Schema, value: JsonNumber): boolean {
  if (minimum === undefined) return false
  return exclusiveMinimum ? value <= minimum : value < minimum
}

function listCheck(schema: Schema): Check | undefined {
  const { minItems, maxItems } = schema
  const items = itemsOf(schema)
  const item = items && compileCheck(items)
  if (!item && minItems === undefined && maxItems === undefined) return undefined
  return (value) => {
    if (!Array.isArray(value)) return true
    if (minItems !== undefined && value.length < minItems) return false
    if (maxItems !== undefined && value.length > maxItems) return false
    if (item) for (const each of value) if (!item(each)) return false
    return true
  }
}

export function hasEnum({ enum: values }: Schema): boolean {
  return values !== undefined && values.length > 0
}

// Huge enums are looked up, not gone through.
function enumCheck(schema: Schema): Check | undefined {
  if (!hasEnum(schema)) return undefined
  const scalars = new Set(schema.enum!.filter((each) => typeof each !== 'object'))
  const others = schema.enum!.filter((each) => typeof each === 'object' && each !== null)
  return (value) => scalars.has(value) || others.some((each) => equal(each, value))
}

function objectCheck(schema: Schema): Check | undefined {
  const { minProperties, maxProperties, required = [], additionalProperties } = schema
  const properties = propertyChecks(schema)
  const values = valuesOf(schema)
  const other = values && compileCheck(values)
  const isClosed = additionalProperties === false
  const names = new Set(Object.keys(schema.properties ?? {}))
  const counts = minProperties !== undefined || maxProperties !== undefined
  if (!counts && required.length === 0 && properties.size === 0 && !other && !isClosed) {
    return undefined
  }
  const field = (name: string, value: unknown): boolean => {
    if (names.has(name)) return properties.get(name)?.(value) ?? true
    return !isClosed && (other?.(value) ?? true)
  }
  return (value) => {
    if (!isObject(value)) return true
    for (const name of required) if (!Object.hasOwn(value, name)) return false
    for (const name in value) if (!field(name, value[name])) return false
    return !counts || hasRightSize(schema, value)
  }
}

function propertyChecks({ properties = {} }: Schema): ReadonlyMap<string, Check> {
  const checks = new Map<string, Check>()
  for (const [name, each] of Object.entries(properties)) {
    const check = compileCheck(each)
    if (check) checks.set(name, check)
  }
  return checks
}

function hasRightSize({ minProperties, maxProperties }: Schema, value: Json): boolean {
  const size = Object.keys(value).length
  return size >= (minProperties ?? 0) && size <= (maxProperties ?? Infinity)
}
