import { RE2JS } from 're2js'
import {
  forbidden,
  formatFieldError,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import type { JSONSchemaPropsValue as Schema } from './common.ts'

/** Where a schema stands. */
type Level = 'root' | 'field' | 'item'

/**
 * Checks that a schema is structural (KEP-1178): each value has a type, and what only validates stands apart and is about
 * values whose structure is told. As apiextensions-apiserver's pkg/apiserver/schema; sorted as there.
 */
export function validateStructural(schema: Schema, path: string): FieldError[] {
  const errors = [
    ...validateStructure(schema, 'root', path),
    ...validateCompleteness(schema, schema, path, path),
  ]
  return errors.toSorted((a, b) => (formatFieldError(a) < formatFieldError(b) ? -1 : 1))
}

function asSchema(value: unknown): Schema | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}

function fieldsOf({ properties = {} }: Schema): readonly (readonly [string, Schema])[] {
  return Object.entries(properties)
}

function validateStructure(schema: Schema, level: Level, path: string): FieldError[] {
  const items = asSchema(schema.items)
  const values = asSchema(schema.additionalProperties)
  const hasValues = schema.additionalProperties !== undefined
  return [
    ...when(schema.type === 'array' && !items, () =>
      required(`${path}.items`, 'must be specified'),
    ),
    ...(items ? validateStructure(items, 'item', `${path}.items`) : []),
    ...fieldsOf(schema).flatMap(([name, each]) =>
      validateStructure(each, 'field', `${path}.properties[${name}]`),
    ),
    ...when(hasValues && level === 'root', () =>
      forbidden(`${path}.additionalProperties`, 'must not be used at the root'),
    ),
    ...(values ? validateStructure(values, 'field', `${path}.additionalProperties`) : []),
    ...validateExtensions(schema, path),
    ...validateLogic(schema, path, isEitherPattern(schema), isEitherInAllOf(schema)),
    ...validateType(schema, level, path),
    ...validateObjectFields(schema, level, path),
  ]
}

function when(holds: boolean, error: () => FieldError): FieldError[] {
  return holds ? [error()] : []
}

function isEitherPattern({ anyOf = [] }: Schema): boolean {
  const [first, second, ...more] = anyOf
  if (!first || !second || more.length > 0) return false
  const isOnly = (schema: Schema, type: string): boolean =>
    schema.type === type && Object.keys(schema).length === 1
  return isOnly(first, 'integer') && isOnly(second, 'string')
}

function isEitherInAllOf({ allOf = [] }: Schema): boolean {
  return allOf[0] !== undefined && isEitherPattern(allOf[0])
}

function validateExtensions(schema: Schema, path: string): FieldError[] {
  const text = 'must be false if x-kubernetes-int-or-string is true'
  if (!schema['x-kubernetes-int-or-string']) return []
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter((field) => schema[field] === true)
    .map((field) => invalid(`${path}.${field}`, true, text))
}

const UNTYPED: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

function validateType(schema: Schema, level: Level, path: string): FieldError[] {
  const { type } = schema
  const at = `${path}.type`
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true
  const isFree = preserves || schema['x-kubernetes-int-or-string'] === true
  const mustBe = 'must be object if x-kubernetes-embedded-resource is true'
  const hasFields = fieldsOf(schema).length > 0
  return [
    ...when(isEmbedded && type !== 'object', () =>
      type ? invalid(at, type, mustBe) : required(at, mustBe),
    ),
    ...when(!isEmbedded && !type && !isFree, () => required(at, UNTYPED[level])),
    ...when(isEmbedded && schema.additionalProperties !== undefined, () =>
      forbidden(
        `${path}.additionalProperties`,
        'must not be used if x-kubernetes-embedded-resource is set',
      ),
    ),
    ...when(level === 'root' && !!type && type !== 'object', () =>
      invalid(at, type, 'must be object at the root'),
    ),
    ...when(isEmbedded && !preserves && !hasFields, () =>
      required(
        `${path}.properties`,
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    ),
  ]
}

/** The fields that every object has are typed by Kubernetes itself. */
function validateObjectFields(schema: Schema, level: Level, path: string): FieldError[] {
  const { kind, apiVersion, metadata } = schema.properties ?? {}
  const isObject = level === 'root' || schema['x-kubernetes-embedded-resource'] === true
  const at = (name: string): string => `${path}.properties[${name}]`
  const mustBe = (each: Schema | undefined, name: string, type: string): FieldError[] =>
    when(isObject && each !== undefined && each.type !== type, () =>
      invalid(`${at(name)}.type`, each!.type ?? '', `must be ${type}`),
    )
  return [
    ...mustBe(kind, 'kind', 'string'),
    ...mustBe(apiVersion, 'apiVersion', 'string'),
    ...mustBe(metadata, 'metadata', 'object'),
    ...when(level === 'root' && metadata !== undefined && saysTooMuch(metadata), () =>
      forbidden(
        at('metadata'),
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    ),
  ]
}

function saysTooMuch({
  properties = {},
  type: _type,
  default: _default,
  ...others
}: Schema): boolean {
  const names = Object.keys(properties)
  return (
    Object.keys(others).length > 0 ||
    names.some((name) => name !== 'name' && name !== 'generateName')
  )
}

/** The schemas that only say more about the same value. */
function junctorsOf(schema: Schema, path: string): (readonly [Schema, string, string])[] {
  const { not } = schema
  return [
    ...(['anyOf', 'allOf', 'oneOf'] as const).flatMap((field) =>
      (schema[field] ?? []).map((each, i) => [each, `${path}.${field}[${i}]`, field] as const),
    ),
    ...(not ? [[not, `${path}.not`, 'not'] as const] : []),
  ]
}

function validateLogic(
  schema: Schema,
  path: string,
  skipAnyOf: boolean,
  skipInAllOf: boolean,
): FieldError[] {
  const parts = junctorsOf(schema, path).filter(([, , field]) => !skipAnyOf || field !== 'anyOf')
  const problem = schema.pattern ? patternProblem(schema.pattern) : undefined
  return [
    ...parts.flatMap(([part, at]) =>
      validateNested(part, at, skipInAllOf && at === `${path}.allOf[0]`),
    ),
    ...when(problem !== undefined, () =>
      invalid(
        `${path}.pattern`,
        schema.pattern,
        `must be a valid regular expression, but isn't: ${problem}`,
      ),
    ),
  ]
}

function patternProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const FORBIDDEN = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
] as const satisfies readonly (readonly [keyof Schema, string])[]

/** What stands in logic may not say how the value is built. */
function validateNested(schema: Schema, path: string, skipAnyOf = false): FieldError[] {
  const items = asSchema(schema.items)
  return [
    ...validateLogic(schema, path, skipAnyOf, false),
    ...(items ? validateNested(items, `${path}.items`) : []),
    ...fieldsOf(schema).flatMap(([name, each]) =>
      validateNested(each, `${path}.properties[${name}]`),
    ),
    ...FORBIDDEN.filter(([field]) => isSaid(schema[field])).map(([field, text]) =>
      forbidden(`${path}.${field}`, text),
    ),
    ...when(schema.properties?.['metadata'] !== undefined, () =>
      forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'),
    ),
  ]
}

function isSaid(value: unknown): boolean {
  if (value === undefined || value === '' || value === false) return false
  return !Array.isArray(value) || value.length > 0
}

/** Whatever is validated must also be built: each field that logic speaks of is one of the value's. */
function validateCompleteness(
  logic: Schema,
  structure: Schema | undefined,
  at: string,
  path: string,
): FieldError[] {
  return junctorsOf(logic, path).flatMap(([part, partPath]) =>
    validateNestedCompleteness(part, structure, at, partPath),
  )
}

function validateNestedCompleteness(
  part: Schema,
  structure: Schema | undefined,
  at: string,
  path: string,
): FieldError[] {
  if (!structure) return [required(at, `because it is defined in ${path}`)]
  const items = asSchema(part.items)
  return [
    ...validateCompleteness(part, structure, at, path),
    ...(items
      ? validateNestedCompleteness(items, asSchema(structure.items), `${at}.items`, `${path}.items`)
      : []),
    ...fieldsOf(part).flatMap(([name, each]) =>
      validateNestedCompleteness(
        each,
        structure.properties?.[name],
        `${at}.properties[${name}]`,
        `${path}.properties[${name}]`,
      ),
    ),
  ]
}
