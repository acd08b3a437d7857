import {
  duplicate,
  invalid,
  required,
  tooMany,
  type FieldError,
} from '../../../schema/field-error.ts'
import { eachAt } from '../../validation/rules.ts'
import type { CustomResourceDefinitionVersion } from './custom-resource-definition.ts'
import { FieldPathError, parseFieldPath, type FieldPath } from './field-path.ts'

const FIELDS_MAX = 8
const TYPES = ['string', 'boolean', 'integer']

/** Checks the fields that objects can be selected by (KEP-4358). */
export function validateSelectableFields(
  { selectableFields: fields, schema }: CustomResourceDefinitionVersion,
  path: string,
): FieldError[] {
  const root = schema?.openAPIV3Schema
  if (!fields || fields.length === 0) return []
  if (!root) return [invalid(path, '', 'may only be set when validations.schema is included')]
  const seen = new Set<string>()
  const errors = eachAt(fields, path, ({ jsonPath }, at) => {
    const where = `${at}.jsonPath`
    if (!jsonPath) return [required(where)]
    const found = pathIn(() => parseFieldPath(jsonPath, root, { allowBrackets: false }))
    if (typeof found === 'string') return [invalid(where, jsonPath, `is an invalid path: ${found}`)]
    const isTwice = seen.has(found.path)
    seen.add(found.path)
    return [
      ...validateTarget(found, jsonPath, where),
      ...(isTwice ? [duplicate(where, jsonPath)] : []),
    ]
  })
  return seen.size > FIELDS_MAX ? [...errors, tooMany(path, seen.size, FIELDS_MAX)] : errors
}

function pathIn(parse: () => FieldPath): FieldPath | string {
  try {
    return parse()
  } catch (error) {
    if (error instanceof FieldPathError) return error.message
    throw error
  }
}

function validateTarget(
  { path, schema }: FieldPath,
  jsonPath: string,
  where: string,
): FieldError[] {
  const isMetadata = path === 'metadata' || path.startsWith('metadata.')
  const text =
    'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'
  return [
    ...(isMetadata ? [invalid(where, jsonPath, 'must not point to fields in metadata')] : []),
    ...(TYPES.includes(schema.type ?? '') ? [] : [invalid(where, jsonPath, text)]),
  ]
}
