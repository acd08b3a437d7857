import type { Entry, Value } from '../../../storage/store.ts'
import { renamed } from '../conversion/converter.ts'
import { deepFreezePlain, type ApiObject } from '../../registry/api-object.ts'
import { withAllDefaults } from '../../registry/decode-object.ts'
import { inOrder, parseStored, StoredObject } from '../../registry/stored-object.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import { apiVersionOf } from '../../../schema/resource.ts'
import type { Strategy } from '../../../api/strategy.ts'
import { decodeCustom } from './body-schema.ts'
import type { SchemaRules } from './rules.ts'

export interface StoredReaderOptions {
  readonly type: ResourceClass<ApiObject>
  readonly strategy: Strategy<ApiObject>
  readonly rules: SchemaRules
  readonly freeze: boolean
}

/**
 * Reads what is stored by the schema of today: fields that it does not know any more are gone, and defaults that it did
 * not have when the object was written are there.
 */
export function storedReader(options: StoredReaderOptions): (entry: Entry) => StoredObject {
  const read = new WeakMap<Value, StoredObject>()
  return ({ value, revision }) => {
    const known = read.get(value)
    if (known) return known.at(revision)
    const object = objectOf(value, options)
    read.set(value, object)
    return object.at(revision)
  }
}

function objectOf(value: Value, options: StoredReaderOptions): StoredObject {
  const isObject = value instanceof StoredObject
  const before = (isObject ? value.object : parseStored(value.bytes)) as ApiObject
  const after = completed(before, options)
  if (isObject && after === before) return value
  const { resourceVersion: _, ...metadata } = after.metadata
  const object = inOrder({ ...after, metadata })
  if (after === before) return new StoredObject(object, value.bytes)
  return new StoredObject(options.freeze ? deepFreezePlain(object) : object)
}

function completed(stored: ApiObject, { type, strategy, rules }: StoredReaderOptions): ApiObject {
  const { object } = decodeCustom(stored, rules.complete)
  const filled = withAllDefaults(type, strategy, object as unknown as ApiObject)
  return renamed(filled, apiVersionOf(type.resource))
}
