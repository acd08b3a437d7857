import type { FieldError } from '../../../schema/field-error.ts'
import {
  compileCheck,
  exceeds,
  fallsBelow,
  hasEnum,
  hasStringFormat,
  isLonger,
  typesOf,
} from './check.ts'
import type { Correlation } from './correlation.ts'
import { formatTest } from './formats.ts'
import { isInRange, isInteger, isMultipleOf, isNumber } from './numbers.ts'
import { compilePattern } from './patterns.ts'
import { problems, type Place } from './problems.ts'
import { isObject, itemsOf, valuesOf, type Json, type Schema } from './schema.ts'

/**
 * Everything that is wrong with a value by its schema, in the words and the order of kube-openapi's validation, which
 * custom resources are checked by. Slow: it is asked only once `compileCheck()` has found the value wanting. What has
 * not changed is let pass, as far as it can be told from what was there before.
 */
export function explain(
  schema: Schema,
  value: unknown,
  {
    prefix = '',
    before,
  }: { readonly prefix?: string; readonly before?: Correlation | undefined } = {},
): readonly FieldError[] {
  return ratcheted(schema, value, { name: '', prefix }, before).errors
}

/** What came of looking at a value: of several alternatives that fail, the one with most matches is told of. */
class Findings {
  readonly errors: FieldError[] = []
  matches = 0

  add(...errors: readonly FieldError[]): void {
    for (const error of errors) {
      const isKnown = this.errors.some(
        (each) => each.field === error.field && each.body === error.body,
      )
      if (!isKnown) this.errors.push(error)
    }
  }

  merge({ errors, matches }: Findings): void {
    this.add(...errors)
    this.matches += matches
  }
}

function ratcheted(
  schema: Schema,
  value: unknown,
  place: Place,
  before: Correlation | undefined,
): Findings {
  const found = examine(schema, value, place, before)
  if (found.errors.length === 0 || !before?.isUnchanged) return found
  const passed = new Findings()
  passed.matches = found.matches
  return passed
}

function examine(
  schema: Schema,
  value: unknown,
  place: Place,
  before: Correlation | undefined,
): Findings {
  const found = new Findings()
  found.add(...typeProblems(schema, value, place))
  if (value === null) {
    if (hasEnum(schema)) found.add(problems(place).enum(value, schema.enum!))
    return found
  }
  found.matches += 1
  found.merge(logic(schema, value, place, before))
  if (typeof value === 'string') found.add(...stringProblems(schema, value, place))
  if (isNumber(value)) found.add(...numberProblems(schema, value, place))
  if (Array.isArray(value)) found.merge(list(schema, value, place, before))
  if (hasEnum(schema) && compileCheck({ enum: schema.enum! })?.(value) === false) {
    found.add(problems(place).enum(value, schema.enum!))
  }
  if (isObject(value)) found.merge(object(schema, value, place, before))
  found.matches += 2
  return found
}

/** The type of a JSON value, as schemas name it. */
function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (isNumber(value)) return isInteger(value) ? 'integer' : 'number'
  return typeof value
}

const FORMATS_OF_NUMBERS: Readonly<Record<string, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
}

function typeProblems(schema: Schema, value: unknown, place: Place): FieldError[] {
  const types = typesOf(schema)
  const type = typeOf(value)
  const isRight = types.includes(type) || (type === 'integer' && types.includes('number'))
  if (types.length === 0 || isRight || (value === null && schema.nullable)) return []
  const { format = '' } = schema
  const isOfNumber = FORMATS_OF_NUMBERS[types[0]!]?.includes(format) === true
  // Upstream names the format rather than the type where there is one.
  const isNamed = value !== null && isOfNumber && type !== 'string' && type !== 'array'
  if (isNamed) return [problems(place).type(format, type === 'number' ? 'double' : '')]
  return [problems(place).type(types.join(','), type)]
}

function stringProblems(schema: Schema, text: string, place: Place): FieldError[] {
  const { maxLength, minLength, pattern, format = '' } = schema
  const say = problems(place)
  const isTooShort = minLength !== undefined && minLength > 0 && !isLonger(text, minLength - 1)
  const own =
    maxLength !== undefined && isLonger(text, maxLength)
      ? [say.tooLong(maxLength)]
      : isTooShort
        ? [say.tooShort(text, minLength)]
        : pattern && !compilePattern(pattern)(text)
          ? [say.pattern(text, pattern)]
          : []
  const isFormat = hasStringFormat(schema) ? formatTest(format) : undefined
  return isFormat?.(text) === false ? [...own, say.format(format, text)] : own
}

function numberProblems(schema: Schema, value: number | bigint, place: Place): FieldError[] {
  const { type = '', format = '', maximum, minimum, multipleOf } = schema
  const say = problems(place)
  return [
    ...(isInRange(value, type, format) ? [] : [say.range(type, format)]),
    ...(multipleOf !== undefined && !isMultipleOf(value, multipleOf)
      ? [say.multipleOf(value, multipleOf)]
      : []),
    ...(fallsBelow(schema, value) ? [say.minimum(value, minimum!, schema.exclusiveMinimum)] : []),
    ...(exceeds(schema, value) ? [say.maximum(value, maximum!, schema.exclusiveMaximum)] : []),
  ]
}

function logic(
  { allOf = [], anyOf = [], oneOf = [], not }: Schema,
  value: unknown,
  place: Place,
  before: Correlation | undefined,
): Findings {
  const found = new Findings()
  const say = problems(place)
  const each = (schemas: readonly Schema[]): readonly Findings[] =>
    schemas.map((schema) => examine(schema, value, place, before))
  const any = each(anyOf)
  if (any.length > 0 && !any.some(isValid)) {
    found.add(say.logic('must validate at least one schema (anyOf)'))
    found.merge(best(any))
  } else if (any.length > 0) found.merge(any.find(isValid)!)
  const one = each(oneOf)
  const valid = one.filter(isValid)
  if (one.length > 0 && valid.length !== 1) {
    const count =
      valid.length === 0 ? 'Found none valid' : `Found ${valid.length} valid alternatives`
    found.add(say.logic(`must validate one and only one schema (oneOf). ${count}`))
    if (valid.length === 0) found.merge(best(one))
  } else if (one.length > 0) found.merge(valid[0]!)
  const all = each(allOf)
  for (const result of all) found.merge(result)
  const right = all.filter(isValid).length
  if (right < all.length) {
    found.add(
      say.logic(`must validate all the schemas (allOf)${right === 0 ? '. None validated' : ''}`),
    )
  }
  if (not && isValid(examine(not, value, place, before))) {
    found.add(say.logic('must not validate the schema (not)'))
  }
  found.matches += 1
  return found
}

function isValid({ errors }: Findings): boolean {
  return errors.length === 0
}

function best(results: readonly Findings[]): Findings {
  return results.reduce((most, each) => (each.matches > most.matches ? each : most))
}

function list(
  schema: Schema,
  value: readonly unknown[],
  place: Place,
  before: Correlation | undefined,
): Findings {
  const found = new Findings()
  const items = itemsOf(schema)
  const { minItems, maxItems } = schema
  const say = problems(place)
  for (const [i, item] of value.entries()) {
    if (!items) break
    const at = { ...place, name: `${place.name}[${i}]` }
    found.merge(ratcheted(items, item, at, before?.index(i)))
  }
  if (minItems !== undefined && value.length < minItems) {
    found.add(say.tooFewItems(value.length, minItems))
  }
  if (maxItems !== undefined && value.length > maxItems) {
    found.add(say.tooManyItems(value.length, maxItems))
  }
  found.matches += 1
  return found
}

function object(
  schema: Schema,
  value: Json,
  place: Place,
  before: Correlation | undefined,
): Findings {
  const found = new Findings()
  found.add(...sizeProblems(schema, value, place))
  const { properties = {}, required = [], additionalProperties } = schema
  const values = valuesOf(schema)
  const say = problems(place)
  const field = (name: string, of: Schema, path: string): void => {
    const isKind = place.name === '' && (name === 'kind' || name === 'apiVersion')
    const correlated = isKind ? undefined : before?.key(name)
    found.merge(ratcheted(of, value[name], { ...place, name: path }, correlated))
  }
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(properties, name)) continue
    if (additionalProperties === false) found.add(say.notAllowed(name))
    else if (values) field(name, values, `${place.name}.${name}`)
  }
  for (const [name, of] of Object.entries(properties)) {
    if (!Object.hasOwn(value, name)) continue
    field(name, of, place.name === '' ? name : `${place.name}.${name}`)
  }
  for (const name of required) if (!Object.hasOwn(value, name)) found.add(say.required(name))
  return found
}

function sizeProblems(
  { minProperties, maxProperties }: Schema,
  value: Json,
  place: Place,
): FieldError[] {
  if (minProperties === undefined && maxProperties === undefined) return []
  const size = Object.keys(value).length
  const say = problems(place)
  return [
    ...(size < (minProperties ?? 0) ? [say.tooFewProperties(size, minProperties!)] : []),
    ...(size > (maxProperties ?? Infinity) ? [say.tooManyProperties(size, maxProperties!)] : []),
  ]
}
