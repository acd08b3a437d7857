import { ObjectMeta } from '../../../api/meta/v1/object-meta.ts'
import { validateObjectMeta } from '../../../api/meta/v1/object-meta-validation.ts'
import { parseApiVersion } from '../../../apimachinery/gvk.ts'
import { dns1035LabelProblems, pathSegmentProblems } from '../../../apimachinery/names.ts'
import { ParseError } from '../../../apimachinery/parse-error.ts'
import { decode, DecodeError } from '../../../schema/decode.ts'
import { atField, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import {
  isEmbedded,
  isObject,
  itemsOf,
  someSchema,
  valuesOf,
  type Json,
  type Schema,
} from './schema.ts'

/** Checks the kinds and metadata of objects within an object. */
export type EmbeddedCheck = (value: unknown, path: string) => readonly FieldError[]

/** Undefined where there are none below the schema. */
export function embeddedCheck(schema: Schema): EmbeddedCheck | undefined {
  if (!someSchema(schema, isEmbedded)) return undefined
  return (value, path) => visit(schema, value, path)
}

function visit(schema: Schema | undefined, value: unknown, path: string): readonly FieldError[] {
  if (!schema) return []
  if (Array.isArray(value)) {
    return value.flatMap((each, i) => visit(itemsOf(schema), each, `${path}[${i}]`))
  }
  if (!isObject(value)) return []
  const own = isEmbedded(schema) ? validateEmbedded(value, path) : []
  const below = Object.entries(value).flatMap(([name, each]) =>
    Object.hasOwn(schema.properties ?? {}, name)
      ? visit(schema.properties![name], each, atField(path, name))
      : visit(valuesOf(schema), each, `${path}[${name}]`),
  )
  return [...own, ...below]
}

function validateEmbedded(object: Json, path: string): readonly FieldError[] {
  const at = (name: string): string => atField(path, name)
  return [
    ...('apiVersion' in object ? apiVersionProblems(object['apiVersion'], at('apiVersion')) : []),
    ...('apiVersion' in object ? [] : [required(at('apiVersion'))]),
    ...('kind' in object ? kindProblems(object['kind'], at('kind')) : [required(at('kind'))]),
    ...('metadata' in object ? metadataProblems(object['metadata'], at('metadata')) : []),
  ]
}

function apiVersionProblems(value: unknown, path: string): readonly FieldError[] {
  if (typeof value !== 'string') return [invalid(path, value, 'must be a string')]
  if (value === '') return [invalid(path, value, 'must not be empty')]
  try {
    parseApiVersion(value)
    return []
  } catch (error) {
    if (error instanceof ParseError) return [invalid(path, value, error.message)]
    throw error
  }
}

function kindProblems(value: unknown, path: string): readonly FieldError[] {
  if (typeof value !== 'string') return [invalid(path, value, 'must be a string')]
  if (value === '') return [invalid(path, value, 'must not be empty')]
  const errors = dns1035LabelProblems(value.toLowerCase())
  const intro = 'may have mixed case, but should otherwise match: '
  return errors.length > 0 ? [invalid(path, value, `${intro}${errors.join(',')}`)] : []
}

function metadataProblems(value: unknown, path: string): readonly FieldError[] {
  try {
    const metadata = decode(ObjectMeta, value, { unknownFields: [] }) as unknown as ObjectMeta
    return validateObjectMeta(
      { ...metadata, name: metadata.name || 'fakename' },
      { namespaced: !!metadata.namespace, validateName: pathSegmentProblems },
      path,
    )
  } catch (error) {
    if (error instanceof DecodeError) return [invalid(path, value, error.message)]
    throw error
  }
}
