import {
  forbidden,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { NONE, oneOf } from '../../validation/rules.ts'
import type { JSONSchemaPropsValue as Schema } from './common.ts'

/** Where a schema stands, as structural schemas are told about (KEP-1178). */
type Level = 'root' | 'field' | 'item'

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string']

/**
 * Checks that a schema is structural: each value has a type, and what only validates stands apart. CEL rules and
 * defaults are not looked at here: that takes the schema compiled.
 */
export function validateStructural(
  schema: Schema,
  path: string,
  level: Level = 'root',
): FieldError[] {
  return [
    ...validateSupport(schema, path),
    ...validateType(schema, path, level),
    ...validateExtensions(schema, path),
    ...validateListType(schema, path),
    ...(level === 'root' || schema['x-kubernetes-embedded-resource']
      ? validateObjectFields(schema, path)
      : NONE),
    ...children(schema, path).flatMap(([child, at, childLevel]) =>
      validateStructural(child, at, childLevel),
    ),
    ...logic(schema, path).flatMap(([part, at]) => validateValueOnly(part, at, schema)),
  ]
}

function children(schema: Schema, path: string): (readonly [Schema, string, Level])[] {
  const items = asSchema(schema.items)
  const others = asSchema(schema.additionalProperties)
  return [
    ...(items ? [[items, `${path}.items`, 'item'] as const] : []),
    ...Object.entries(schema.properties ?? {}).map(
      ([name, each]) => [each, `${path}.properties[${name}]`, 'field'] as const,
    ),
    ...(others ? [[others, `${path}.additionalProperties`, 'field'] as const] : []),
  ]
}

function asSchema(value: unknown): Schema | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}

/** The schemas that only say more about the same value. */
function logic(schema: Schema, path: string): (readonly [Schema, string])[] {
  const { not } = schema
  return [
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((field) =>
      (schema[field] ?? []).map((each, i) => [each, `${path}.${field}[${i}]`] as const),
    ),
    ...(not ? [[not, `${path}.not`] as const] : []),
  ]
}

const UNSUPPORTED = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
] as const

function validateSupport(schema: Schema, path: string): FieldError[] {
  const { type, properties = {}, additionalProperties: others } = schema
  const both = 'additionalProperties and properties are mutual exclusive'
  const slow = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
  return [
    ...(schema.uniqueItems ? [forbidden(`${path}.uniqueItems`, slow)] : NONE),
    ...(others && Object.keys(properties).length > 0
      ? [forbidden(`${path}.additionalProperties`, both)]
      : NONE),
    ...UNSUPPORTED.filter((field) => isSet(schema[field])).map((field) =>
      forbidden(`${path}.${field}`, `${field} is not supported`),
    ),
    ...(type === 'null'
      ? [forbidden(`${path}.type`, 'type cannot be set to null, use nullable as an alternative')]
      : type && !TYPES.includes(type)
        ? [unsupported(`${path}.type`, type, TYPES)]
        : NONE),
    ...(Array.isArray(schema.items)
      ? [forbidden(`${path}.items`, 'items must be a schema object and not an array')]
      : NONE),
  ]
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === '') return false
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0
}

const UNTYPED: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

function validateType(schema: Schema, path: string, level: Level): FieldError[] {
  const { type, nullable } = schema
  const at = `${path}.type`
  const isFree =
    schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields']
  const text = 'must be object if x-kubernetes-embedded-resource is true'
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true
  return [
    ...(isEmbedded && type !== 'object'
      ? [type ? invalid(at, type, text) : required(at, text)]
      : NONE),
    ...(!isEmbedded && !type && !isFree ? [required(at, UNTYPED[level])] : NONE),
    ...(level === 'root' && type && type !== 'object'
      ? [invalid(at, type, 'must be object at the root')]
      : NONE),
    ...(level === 'root' && nullable
      ? [forbidden(`${path}.nullable`, 'nullable cannot be true at the root')]
      : NONE),
  ]
}

function validateExtensions(schema: Schema, path: string): FieldError[] {
  const preserve = schema['x-kubernetes-preserve-unknown-fields']
  const { type } = schema
  return [
    ...(preserve === false
      ? [
          invalid(
            `${path}.x-kubernetes-preserve-unknown-fields`,
            false,
            'must be true or undefined',
          ),
        ]
      : NONE),
    ...(schema['x-kubernetes-int-or-string'] && type
      ? [invalid(`${path}.type`, type, 'must be empty if x-kubernetes-int-or-string is true')]
      : NONE),
    ...(schema['x-kubernetes-embedded-resource'] && schema.additionalProperties
      ? [
          forbidden(
            `${path}.additionalProperties`,
            'must not be used if x-kubernetes-embedded-resource is set',
          ),
        ]
      : NONE),
    ...oneOf(
      schema['x-kubernetes-map-type'],
      ['atomic', 'granular'],
      `${path}.x-kubernetes-map-type`,
    ),
    ...(schema['x-kubernetes-map-type'] !== undefined && type !== 'object'
      ? [
          type
            ? invalid(`${path}.type`, type, 'must be object if x-kubernetes-map-type is specified')
            : required(`${path}.type`, 'must be object if x-kubernetes-map-type is specified'),
        ]
      : NONE),
  ]
}

function validateListType(schema: Schema, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const [atType, atKeys] = [`${path}.x-kubernetes-list-type`, `${path}.x-kubernetes-list-map-keys`]
  const notArray = 'must be array if x-kubernetes-list-type is specified'
  const isArray = schema.type === 'array'
  return [
    ...oneOf(listType, ['atomic', 'map', 'set'], atType),
    ...(listType !== undefined && !isArray
      ? [
          schema.type
            ? invalid(`${path}.type`, schema.type, notArray)
            : required(`${path}.type`, notArray),
        ]
      : NONE),
    ...(keys.length > 0 && listType !== 'map'
      ? [
          listType === undefined
            ? required(atType, 'must be map if x-kubernetes-list-map-keys is non-empty')
            : invalid(atType, listType, 'must be map if x-kubernetes-list-map-keys is non-empty'),
        ]
      : NONE),
    ...(listType === 'map' && keys.length === 0
      ? [required(atKeys, 'must not be empty if x-kubernetes-list-type is map')]
      : NONE),
    ...(listType === 'map' ? validateMapKeys(schema, keys, path) : NONE),
  ]
}

function validateMapKeys(schema: Schema, keys: readonly string[], path: string): FieldError[] {
  const items = asSchema(schema.items)
  const at = `${path}.items`
  if (!items) return [required(at, 'must have a schema if x-kubernetes-list-type is map')]
  const notObject = "must be object if parent array's x-kubernetes-list-type is map"
  return [
    ...(items.type === 'object'
      ? NONE
      : [
          items.type
            ? invalid(`${at}.type`, items.type, notObject)
            : required(`${at}.type`, notObject),
        ]),
    ...keys.flatMap((key, i) => {
      const keyPath = `${path}.x-kubernetes-list-map-keys[${i}]`
      const property = items.properties?.[key]
      if (!property) return [invalid(keyPath, key, 'entries must all be names of item properties')]
      const hasValue = items.required?.includes(key) || property.default !== undefined
      const text =
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'
      return hasValue ? NONE : [required(`${at}.properties[${key}].default`, text)]
    }),
  ]
}

/** The fields that every object has are typed by Kubernetes itself. */
function validateObjectFields({ properties = {} }: Schema, path: string): FieldError[] {
  const { kind, apiVersion, metadata } = properties
  const at = (name: string): string => `${path}.properties[${name}]`
  const text =
    'must not specify anything other than name and generateName, but metadata is implicitly specified'
  const { properties: names = {}, type: _type, description: _text, ...others } = metadata ?? {}
  const isTooMuch =
    Object.keys(others).length > 0 ||
    Object.keys(names).some((name) => name !== 'name' && name !== 'generateName')
  return [
    ...validateIsType(kind, 'string', at('kind')),
    ...validateIsType(apiVersion, 'string', at('apiVersion')),
    ...validateIsType(metadata, 'object', at('metadata')),
    ...(metadata && isTooMuch ? [forbidden(at('metadata'), text)] : NONE),
  ]
}

function validateIsType(schema: Schema | undefined, type: string, path: string): FieldError[] {
  return schema && schema.type !== type
    ? [invalid(`${path}.type`, schema.type ?? '', `must be ${type}`)]
    : NONE
}

const STRUCTURE = [
  'title',
  'description',
  'default',
  'nullable',
  'additionalProperties',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
] as const

/** What stands in logic may not say how the value is built, but for the two forms of int-or-string. */
function validateValueOnly(schema: Schema, path: string, parent: Schema): FieldError[] {
  const mayHaveType = parent['x-kubernetes-int-or-string'] === true
  return [
    ...(schema.type && !mayHaveType
      ? [forbidden(`${path}.type`, 'must be empty to be structural')]
      : NONE),
    ...STRUCTURE.filter((field) => isSet(schema[field]) && schema[field] !== false).map((field) =>
      forbidden(
        `${path}.${field}`,
        field === 'additionalProperties' || field === 'default'
          ? 'must be undefined to be structural'
          : field === 'nullable' || field.startsWith('x-kubernetes-e') || field.includes('int-or')
            ? 'must be false to be structural'
            : 'must be empty to be structural',
      ),
    ),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, each]) => [
      ...(parent.properties?.[name] || parent['x-kubernetes-preserve-unknown-fields']
        ? NONE
        : [
            required(
              `${pathOfParent(path)}.properties[${name}]`,
              `because it is defined in ${path.slice(path.indexOf('openAPIV3Schema.') + 16)}.properties[${name}]`,
            ),
          ]),
      ...validateValueOnly(each, `${path}.properties[${name}]`, parent.properties?.[name] ?? each),
    ]),
    ...logic(schema, path).flatMap(([part, at]) => validateValueOnly(part, at, parent)),
  ]
}

function pathOfParent(path: string): string {
  return path.replace(/\.(allOf|anyOf|oneOf|not)(\[\d+\])?.*$/, '')
}
