import { ObjectMeta } from '../../../api/meta/v1/object-meta.ts'
import { inspect } from '../../../schema/inspect.ts'
import { OrderedObject } from '../../../schema/json-reader.ts'
import {
  asRoot,
  isEmbedded,
  isMap,
  isObject,
  itemsOf,
  META_FIELDS,
  preservesUnknown,
  valuesOf,
  type Schema,
} from './schema.ts'

/**
 * What strict decoding refuses in an object, slowly and with the place of everything: first the keys that are written
 * twice, where the value was read as `OrderedObject`s, then the fields that are not known.
 */
export function strictProblems(schema: Schema, value: unknown): readonly string[] {
  const duplicates: string[] = []
  const plain = withoutDuplicates(value, '', duplicates)
  const unknown: string[] = []
  const metadata = isObject(plain) ? metadataProblems(plain['metadata'], 'metadata') : []
  visit(asRoot(schema), plain, '', unknown)
  return [
    ...new Set(duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`)),
    ...[...metadata, ...unknown.toSorted()].map((path) => `unknown field ${JSON.stringify(path)}`),
  ]
}

function withoutDuplicates(value: unknown, path: string, duplicates: string[]): unknown {
  if (Array.isArray(value)) {
    return value.map((each, i) => withoutDuplicates(each, `${path}[${i}]`, duplicates))
  }
  if (!(value instanceof OrderedObject)) return value
  const seen = new Map<string, unknown>()
  for (const [name, each] of value.entries) {
    const at = below(path, name)
    if (seen.has(name)) duplicates.push(at)
    seen.set(name, withoutDuplicates(each, at, duplicates))
  }
  return Object.fromEntries(seen)
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function metadataProblems(metadata: unknown, path: string): readonly string[] {
  if (!isObject(metadata)) return []
  return inspect(ObjectMeta, metadata).strict.map((each) => `${path}.${each.path}`)
}

function visit(schema: Schema | undefined, value: unknown, path: string, found: string[]): void {
  if (Array.isArray(value)) {
    const items = schema && itemsOf(schema)
    if (schema && !items && preservesUnknown(schema)) return
    for (const [i, each] of value.entries()) visit(items, each, `${path}[${i}]`, found)
    return
  }
  if (!isObject(value)) return
  for (const [name, each] of Object.entries(value)) visitField(schema, name, each, path, found)
}

function visitField(
  schema: Schema | undefined,
  name: string,
  value: unknown,
  path: string,
  found: string[],
): void {
  const at = below(path, name)
  if (schema && isEmbedded(schema) && META_FIELDS.has(name)) {
    if (name === 'metadata' && path !== '') found.push(...metadataProblems(value, at))
    return
  }
  const { properties = {} } = schema ?? {}
  if (Object.hasOwn(properties, name)) visit(properties[name], value, at, found)
  else if (schema && isMap(schema)) {
    const values = valuesOf(schema)
    if (values || !preservesUnknown(schema)) visit(values, value, at, found)
  } else if (!schema || !preservesUnknown(schema)) found.push(at)
}
