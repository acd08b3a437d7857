import type { CustomResourceSubresourceScale } from '../../../api/apiextensions/v1/common.ts'
import { invalid, type FieldError } from '../../../schema/field-error.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import { isInteger, isNumber } from '../schema/numbers.ts'
import { isObject } from '../schema/schema.ts'

type Scale = CustomResourceSubresourceScale

const INT32_MAX = 2_147_483_647

/** The fields that a path of the scale subresource names, such as `.spec.replicas`. */
export function fieldsOf(path: string): readonly string[] {
  return path.replace(/^\./, '').split('.')
}

/** What stands at a path of the scale subresource. */
export function valueAtPath(object: ApiObject, path: string): unknown {
  return fieldsOf(path).reduce<unknown>(
    (value, name) => (isObject(value) ? value[name] : undefined),
    object,
  )
}

export function scaleSpecProblems(object: ApiObject, scale: Scale | undefined): FieldError[] {
  return scale ? replicaProblems(object, scale.specReplicasPath) : []
}

export function scaleStatusProblems(object: ApiObject, scale: Scale | undefined): FieldError[] {
  if (!scale) return []
  const { statusReplicasPath, labelSelectorPath } = scale
  const selector = labelSelectorPath ? valueAtPath(object, labelSelectorPath) : undefined
  const isText = selector === undefined || selector === null || typeof selector === 'string'
  const text = `${labelSelectorPath} accessor error: ${goText(selector)} is of the type ${goType(selector)}, expected string`
  return [
    ...replicaProblems(object, statusReplicasPath),
    ...(isText ? [] : [invalid(labelSelectorPath!, '', text)]),
  ]
}

function replicaProblems(object: ApiObject, path: string): FieldError[] {
  const value = valueAtPath(object, path)
  if (value === undefined) return []
  if (!isNumber(value) || !isInteger(value)) {
    const text = `${path} accessor error: ${goText(value)} is of the type ${goType(value)}, expected int64`
    return [invalid(path, 0, text)]
  }
  if (value < 0) return [invalid(path, value, 'should be a non-negative integer')]
  return value > INT32_MAX
    ? [invalid(path, value, `should be less than or equal to ${INT32_MAX}`)]
    : []
}

function goText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function goType(value: unknown): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return '[]interface {}'
  if (isObject(value)) return 'map[string]interface {}'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'number' ? 'float64' : typeof value
}
