import { encodeJson, JsonSyntaxError, parseJson } from '../../schema/json.ts'
import { withValueAt } from '../paths.ts'
import { compare } from './compare.ts'
import { difference, union, type FieldSet } from './field-set.ts'
import { ItemError } from './list-items.ts'
import { apiVersionOfType, type ManagedType } from './managed-type.ts'
import { toFieldSet } from './to-field-set.ts'
import { isObject, type JsonObject } from './type-schema.ts'
import { typeProblems } from './validate-applied.ts'

/** Where client-side `kubectl apply` keeps what it applied last. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
const PATH = ['metadata', 'annotations', LAST_APPLIED]
/** The most bytes that all annotations of an object may have together. */
const ANNOTATIONS_BYTES_MAX = 256 * 1024

/** The fields that client-side apply set and that still have its values; undefined where it never was at work. */
export function fieldsOfLastApplied(
  type: ManagedType,
  live: JsonObject | undefined,
): FieldSet | undefined {
  const last = readLastApplied(live)
  if (!last || last['apiVersion'] !== apiVersionOfType(type)) return undefined
  if (typeProblems(type.schema, last).length > 0) return undefined
  try {
    const { added, removed, modified } = compare(type.schema, last, live)
    return difference(toFieldSet(type.schema, last), union(union(added, removed), modified))
  } catch (error) {
    if (error instanceof ItemError) return undefined
    throw error
  }
}

function readLastApplied(live: JsonObject | undefined): JsonObject | undefined {
  const text = annotationsOf(live)[LAST_APPLIED]
  if (typeof text !== 'string' || text === '') return undefined
  try {
    const last = parseJson(text)
    return isObject(last) ? last : undefined
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined
    throw error
  }
}

function annotationsOf(object: JsonObject | undefined): JsonObject {
  const metadata = object?.['metadata']
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined
  return isObject(annotations) ? annotations : {}
}

/** Keeps the note of client-side apply up to date, so that both kinds of apply may take turns on an object. */
export function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  const annotations = annotationsOf(object)
  if (!annotations[LAST_APPLIED]) return object
  const text = `${encodeJson(sortedKeys(withValueAt(applied, PATH, undefined)))}\n`
  const { [LAST_APPLIED]: _, ...others } = annotations
  const bytes = new TextEncoder().encode(encodeJson({ ...others, [LAST_APPLIED]: text })).length
  return withValueAt(object, PATH, bytes > ANNOTATIONS_BYTES_MAX ? undefined : text)
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (!isObject(value)) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, each]) => [key, sortedKeys(each)]))
}
