import { apiVersionOf } from '../../../schema/resource.ts'
import type { ManagedTypes } from '../../pipeline/field-manager.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import { withAllDefaults } from '../../registry/decode-object.ts'
import { withConversions } from '../../registry/needs-conversion.ts'
import { fromStored, toStored, type ServedKind } from '../../registry/served-kind.ts'

type Json = Readonly<Record<string, unknown>>

/** Brings objects of a request into the version that somebody asks for, and back. */
export interface Versions {
  /** An object that is stored by `served`, as `wanted` shows it. What is of no kind of its own stays as it is. */
  show(object: Json, served: ServedKind, wanted: ServedKind): Promise<Json>
  /**
   * The reverse of `show()` for what became of `before`, after decoding, pruning and defaulting. Throws where it is no
   * object of this kind any more.
   */
  accept(before: Json, object: unknown, served: ServedKind, wanted: ServedKind): Promise<Json>
}

export function versions(managedTypeOf: ManagedTypes): Versions {
  const converted = async (object: Json, from: ServedKind, to: ServedKind): Promise<Json> => {
    if (from === to) return object
    const apiVersion = apiVersionOf(to.type.resource)
    if (object['apiVersion'] === apiVersion) return object
    const type = managedTypeOf(from, '')
    const result = await withConversions(() => type.convert?.(object, apiVersion))
    return result?.object ?? object
  }
  return {
    async show(object, served, wanted) {
      if (!isOfKind(object, served)) return object
      return converted(fromStored(served, object as unknown as ApiObject), served, wanted)
    },
    async accept(before, object, served, wanted) {
      if (!isObject(object)) throw new Error('the result is no object')
      if (!isOfKind(before, served)) return object
      if (!isOfKind(object, wanted)) throw new Error('the kind of an object cannot be changed')
      const { object: decoded } = wanted.schema.decode(object)
      const whole = withAllDefaults(wanted.type, wanted.strategy, decoded as unknown as ApiObject)
      const own = await converted(whole, wanted, served)
      return toStored(served, own as unknown as ApiObject)
    },
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// A Binding or Scale that is posted to a subresource has no versions here.
function isOfKind({ kind }: Json, { type }: ServedKind): boolean {
  return kind === type.resource.kind
}
