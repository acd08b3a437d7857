import {
  forbidden,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import type { JSONSchemaPropsValue as Schema, ValidationRule } from './common.ts'
import { isFieldPath } from './field-path.ts'
import { validateListType } from './list-type-validation.ts'

interface SchemaContext {
  /** Why there may be no defaults; undefined where there may. */
  readonly noDefaults?: string
  /** Whether this is about the fields that every object has. */
  readonly isMeta?: boolean
  readonly isRoot?: boolean
}

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string']
const META_FIELDS = new Set(['metadata', 'kind', 'apiVersion'])

/** Checks a schema and all below it against what Kubernetes takes of OpenAPI, less its CEL expressions. */
export function validateSchema(schema: Schema, path: string, context: SchemaContext): FieldError[] {
  const { isRoot: _, ...inner } = context
  const below = (each: unknown, at: string, more: Partial<SchemaContext> = {}): FieldError[] =>
    isSchema(each) ? validateSchema(each, at, { ...inner, ...more }) : []
  const several = (field: 'allOf' | 'oneOf' | 'anyOf'): FieldError[] =>
    (schema[field] ?? []).flatMap((each, i) => below(each, `${path}.${field}[${i}]`))
  const { additionalProperties: values } = schema
  const inMap = 'inside additionalProperties applying to object metadata'
  return [
    ...validateStandard(schema, path, context),
    ...validateMap(schema, path),
    ...below(values, `${path}.additionalProperties`, context.isMeta ? { noDefaults: inMap } : {}),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, each]) =>
      below(each, `${path}.properties[${name}]`, metaContext(schema, name, context)),
    ),
    ...below(schema.not, `${path}.not`),
    ...several('allOf'),
    ...several('oneOf'),
    ...several('anyOf'),
    ...below(schema.items, `${path}.items`),
    ...validateExtensions(schema, path),
    ...validateListType(schema, path),
    ...(schema['x-kubernetes-validations'] ?? []).flatMap((rule, i) =>
      validateRule(rule, schema, `${path}.x-kubernetes-validations[${i}]`),
    ),
  ]
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function metaContext(
  schema: Schema,
  name: string,
  { isRoot = false }: SchemaContext,
): Partial<SchemaContext> {
  const isObject = isRoot || schema['x-kubernetes-embedded-resource'] === true
  if (!isObject || !META_FIELDS.has(name)) return {}
  return { isMeta: true, ...(isRoot && { noDefaults: `in top-level ${name}` }) }
}

const UNSUPPORTED = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
] as const

function validateStandard(
  schema: Schema,
  path: string,
  { noDefaults, isMeta }: SchemaContext,
): FieldError[] {
  const { type } = schema
  const slow = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
  return [
    ...(type && !TYPES.includes(type) ? [unsupported(`${path}.type`, type, TYPES)] : []),
    ...(schema.default !== undefined && noDefaults !== undefined
      ? [forbidden(`${path}.default`, `must not be set ${noDefaults}`)]
      : []),
    ...UNSUPPORTED.filter((field) => isSet(schema[field])).map((field) =>
      forbidden(`${path}.${field}`, `${field} is not supported`),
    ),
    ...(type === 'null'
      ? [forbidden(`${path}.type`, 'type cannot be set to null, use nullable as an alternative')]
      : []),
    ...(Array.isArray(schema.items)
      ? [forbidden(`${path}.items`, 'items must be a schema object and not an array')]
      : []),
    ...(isMeta && schema['x-kubernetes-embedded-resource']
      ? [
          forbidden(
            `${path}.x-kubernetes-embedded-resource`,
            'must not be used inside of resource meta',
          ),
        ]
      : []),
    ...(schema.uniqueItems ? [forbidden(`${path}.uniqueItems`, slow)] : []),
  ]
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === '') return false
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0
}

function validateMap(
  { additionalProperties: values, properties = {} }: Schema,
  path: string,
): FieldError[] {
  if (values === undefined || values === true || Object.keys(properties).length === 0) return []
  const text = 'additionalProperties and properties are mutual exclusive'
  return [forbidden(`${path}.additionalProperties`, text)]
}

function validateExtensions(schema: Schema, path: string): FieldError[] {
  const preserve = schema['x-kubernetes-preserve-unknown-fields']
  const mapType = schema['x-kubernetes-map-type']
  const at = `${path}.x-kubernetes-preserve-unknown-fields`
  const mustBe = 'must be object if x-kubernetes-map-type is specified'
  const { type } = schema
  return [
    ...(preserve === false ? [invalid(at, false, 'must be true or undefined')] : []),
    ...(mapType !== undefined && type !== 'object'
      ? [type ? invalid(`${path}.type`, type, mustBe) : required(`${path}.type`, mustBe)]
      : []),
    ...(mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular'
      ? [unsupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular'])]
      : []),
  ]
}

const REASONS = [
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueRequired',
]

function validateRule(
  { rule, message = '', messageExpression = '', reason, fieldPath = '' }: ValidationRule,
  schema: Schema,
  path: string,
): FieldError[] {
  const hasLines = (text: string): boolean => /[\n\r]/.test(text)
  const isBlank = (text: string): boolean => text !== '' && text.trim() === ''
  const at = `${path}.fieldPath`
  return [
    ...validateMessage(rule, message, path),
    ...(isBlank(messageExpression)
      ? [required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified')]
      : []),
    ...(reason !== undefined && !REASONS.includes(reason)
      ? [unsupported(`${path}.reason`, reason, REASONS)]
      : []),
    ...(isBlank(fieldPath) ? [invalid(at, fieldPath, 'must be non-empty if specified')] : []),
    ...(hasLines(fieldPath) ? [invalid(at, fieldPath, 'must not contain line breaks')] : []),
    ...(fieldPath !== '' && !isFieldPath(schema, fieldPath)
      ? [invalid(at, fieldPath, 'must be a valid path')]
      : []),
  ]
}

function validateMessage(rule: string, message: string, path: string): FieldError[] {
  const at = `${path}.message`
  const [text, trimmed] = [rule.trim(), message.trim()]
  if (text === '') return [required(`${path}.rule`, 'rule is not specified')]
  if (message !== '' && trimmed === '') {
    return [invalid(at, message, 'must be non-empty if specified')]
  }
  if (/[\n\r]/.test(trimmed)) return [invalid(at, message, 'must not contain line breaks')]
  if (!/[\n\r]/.test(text) || trimmed !== '') return []
  return [required(at, 'message must be specified if rule contains line breaks')]
}
