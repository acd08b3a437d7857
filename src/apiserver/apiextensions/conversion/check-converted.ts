import { validateAnnotations } from '../../../api/meta/v1/object-meta-validation.ts'
import { validateLabels } from '../../../apimachinery/label-validation.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { parseApiVersion } from '../../../apimachinery/gvk.ts'
import { formatFieldError } from '../../../schema/field-error.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import { isObject, type Json } from '../schema/schema.ts'

/** What a webhook answered is not what was asked of it. The message is upstream's, without its beginning. */
export class ConversionProblem extends Error {
  override readonly name = 'ConversionProblem'
}

/**
 * The object as a webhook converted it, if it is the same object in the wanted version: of its metadata only labels and
 * annotations may differ, and all else of that is taken from the original. Throws `ConversionProblem`.
 */
export function checkConverted(
  original: ApiObject,
  converted: unknown,
  apiVersion: string,
  where: string,
): ApiObject {
  if (!isObject(converted)) throw new ConversionProblem(`${where}: Object 'Kind' is missing`)
  const { apiVersion: version, kind } = converted
  if (version !== apiVersion) {
    throw new ConversionProblem(
      `${where}: invalid groupVersion (expected ${apiVersion}, received ${formatVersion(version)})`,
    )
  }
  if (kind !== original.kind) {
    throw new ConversionProblem(
      `${where}: invalid kind (expected ${original.kind}, received ${textOf(kind)})`,
    )
  }
  const metadata = converted['metadata']
  const { metadata: own } = original
  for (const [field, name] of UNCHANGEABLE) {
    const [before, after] = [own[field] ?? '', (isObject(metadata) && metadata[field]) || '']
    if (before === after) continue
    throw new ConversionProblem(
      `${where}: must have the same ${name}: ${before} != ${textOf(after)}`,
    )
  }
  return { ...converted, metadata: restored(own, metadata, where) } as unknown as ApiObject
}

const UNCHANGEABLE = [
  ['name', 'name'],
  ['namespace', 'namespace'],
  ['uid', 'UID'],
] as const

function formatVersion(version: unknown): string {
  if (typeof version !== 'string') return ''
  const { group, version: name } = parseApiVersion(version)
  return group === '' ? name : `${group}/${name}`
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '')
}

function restored(own: ApiObject['metadata'], metadata: unknown, where: string): Json {
  const at = where.replace('invalid converted object', 'invalid metadata in object')
  const inMetadata = at.replace('invalid object', 'invalid metadata')
  if (metadata === undefined) {
    throw new ConversionProblem(`${inMetadata}: missing metadata in converted object`)
  }
  if (!isObject(metadata)) {
    throw new ConversionProblem(
      `${inMetadata}: invalid metadata of type ${goType(metadata)} in converted object`,
    )
  }
  const { labels: _l, annotations: _a, ...rest } = own
  const result: Record<string, unknown> = { ...rest }
  for (const field of ['labels', 'annotations'] as const) {
    const given = metadata[field]
    if (given === undefined || given === null) continue
    result[field] = checkedTexts(given, field, own[field], inMetadata)
  }
  return result
}

function checkedTexts(
  given: unknown,
  field: 'labels' | 'annotations',
  before: Readonly<Record<string, string>> | undefined,
  where: string,
): Readonly<Record<string, string>> {
  const fail = (text: string): never => {
    throw new ConversionProblem(`${where}: ${text}`)
  }
  if (!isObject(given)) {
    return fail(`invalid metadata.${field} of type ${goType(given)} in converted object`)
  }
  for (const [key, value] of Object.entries(given)) {
    if (typeof value !== 'string') {
      fail(
        `metadata.${field}[${key}] must be a string, but is ${goType(value)} in converted object`,
      )
    }
  }
  const texts = given as Readonly<Record<string, string>>
  if (equal(texts, before ?? {})) return texts
  const errors =
    field === 'labels'
      ? validateLabels(texts, 'metadata.labels')
      : validateAnnotations(texts, 'metadata.annotation')
  if (errors.length > 0) fail(errors.map(formatFieldError).join(', '))
  return texts
}

function goType(value: unknown): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return '[]interface {}'
  if (isObject(value)) return 'map[string]interface {}'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'string' ? 'string' : Number.isInteger(value) ? 'int64' : 'float64'
}
