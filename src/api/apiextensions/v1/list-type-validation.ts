import {
  forbidden,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import type { JSONSchemaPropsValue as Schema } from './common.ts'

const LIST_TYPES = ['atomic', 'set', 'map']

/** Checks how the items of a list are told apart. */
export function validateListType(schema: Schema, path: string): FieldError[] {
  const { type } = schema
  const listType = schema['x-kubernetes-list-type']
  const at = `${path}.x-kubernetes-list-type`
  const mustBe = 'must be array if x-kubernetes-list-type is specified'
  return [
    ...(listType !== undefined && type !== 'array'
      ? [type ? invalid(`${path}.type`, type, mustBe) : required(`${path}.type`, mustBe)]
      : validateSetItems(schema, path)),
    ...(listType !== undefined && !LIST_TYPES.includes(listType)
      ? [unsupported(at, listType, LIST_TYPES)]
      : []),
    ...validateKeys(schema, path),
    ...(listType === 'map' ? validateMapItems(schema, path) : []),
    ...(listType === 'map' || listType === 'set' ? validateItemNulls(schema, path) : []),
  ]
}

function itemsOf({ items }: Schema): Schema | undefined {
  return typeof items === 'object' && items !== null && !Array.isArray(items) ? items : undefined
}

function validateSetItems(schema: Schema, path: string): FieldError[] {
  const items = itemsOf(schema)
  if (schema['x-kubernetes-list-type'] !== 'set' || !items) return []
  const text = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  const [listType, mapType] = [items['x-kubernetes-list-type'], items['x-kubernetes-map-type']]
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') {
    return [invalid(`${path}.items.x-kubernetes-list-type`, listType, text)]
  }
  if (items.type === 'object' && mapType !== 'atomic') {
    return [invalid(`${path}.items.x-kubernetes-map-type`, listType ?? null, text)]
  }
  return []
}

function validateKeys(schema: Schema, path: string): FieldError[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const listType = schema['x-kubernetes-list-type']
  if (keys.length === 0 || listType === 'map') return []
  const at = `${path}.x-kubernetes-list-type`
  const text = 'must be map if x-kubernetes-list-map-keys is non-empty'
  return [listType === undefined ? required(at, text) : invalid(at, listType, text)]
}

function validateMapItems(schema: Schema, path: string): FieldError[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const items = itemsOf(schema)
  const at = `${path}.items`
  return [
    ...(keys.length === 0
      ? [
          required(
            `${path}.x-kubernetes-list-map-keys`,
            'must not be empty if x-kubernetes-list-type is map',
          ),
        ]
      : []),
    ...(items ? [] : [required(at, 'must have a schema if x-kubernetes-list-type is map')]),
    ...(items && items.type !== 'object'
      ? [
          invalid(
            `${at}.type`,
            items.type ?? '',
            "must be object if parent array's x-kubernetes-list-type is map",
          ),
        ]
      : []),
    ...(items?.type === 'object' ? validateEachKey(items, keys, path) : []),
  ]
}

function validateEachKey(items: Schema, keys: readonly string[], path: string): FieldError[] {
  const at = `${path}.x-kubernetes-list-map-keys`
  return keys.flatMap((key, i) => {
    const property = items.properties?.[key]
    const typePath = `${path}.items.properties[${key}].type`
    const isWhole = property?.type === 'array' || property?.type === 'object'
    return [
      ...(property ? [] : [invalid(at, keys, 'entries must all be names of item properties')]),
      ...(isWhole
        ? [
            invalid(
              typePath,
              items.type,
              "must be a scalar type if parent array's x-kubernetes-list-type is map",
            ),
          ]
        : []),
      ...(keys.indexOf(key) < i ? [invalid(at, keys, 'must not contain duplicate entries')] : []),
    ]
  })
}

/** What identifies an item is always there, and neither it nor the item is null. */
function validateItemNulls(schema: Schema, path: string): FieldError[] {
  const items = itemsOf(schema)
  const listType = schema['x-kubernetes-list-type']
  if (!items) return []
  const keys = listType === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : []
  const at = `${path}.items`
  const intro = 'this property is in x-kubernetes-list-map-keys, so it'
  return [
    ...(items.nullable
      ? [
          forbidden(
            `${at}.nullable`,
            `cannot be nullable when x-kubernetes-list-type is ${listType}`,
          ),
        ]
      : []),
    ...keys.flatMap((key) => {
      const property = items.properties?.[key]
      if (!property) return []
      const isSure = items.required?.includes(key) || property.default !== undefined
      const keyPath = `${at}.properties[${key}]`
      return [
        ...(isSure
          ? []
          : [
              required(
                `${keyPath}.default`,
                `${intro} must have a default or be a required property`,
              ),
            ]),
        ...(property.nullable
          ? [forbidden(`${keyPath}.nullable`, `${intro} cannot be nullable`)]
          : []),
      ]
    }),
  ]
}
