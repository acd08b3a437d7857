import { isJsonObject, type JsonObject } from '../../../apimachinery/patch/json-object.ts'
import { apiVersionOf } from '../../../schema/resource.ts'
import type { ManagedTypes } from '../../pipeline/field-manager.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import { withAllDefaults } from '../../registry/decode-object.ts'
import { withConversions } from '../../registry/needs-conversion.ts'
import { fromStored, toStored, type ServedKind } from '../../registry/served-kind.ts'

/** Brings objects of a request into the version that somebody asks for, and back. */
export interface Versions {
  /** An object that is stored by `served`, as `wanted` shows it. What is of no kind of its own stays as it is. */
  show(object: JsonObject, served: ServedKind, wanted: ServedKind): Promise<JsonObject>
  /**
   * The reverse of `show()` for what became of `before`, after decoding, pruning and defaulting. Throws where it is no
   * object of this kind any more.
   */
  accept(
    before: JsonObject,
    object: unknown,
    served: ServedKind,
    wanted: ServedKind,
  ): Promise<JsonObject>
}

export function versions(managedTypeOf: ManagedTypes): Versions {
  const converted = async (
    object: JsonObject,
    from: ServedKind,
    to: ServedKind,
  ): Promise<JsonObject> => {
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
      if (!isJsonObject(object)) throw new Error('the result is no object')
      if (!isOfKind(before, served)) return object
      if (!isOfKind(object, wanted)) throw new Error('the kind of an object cannot be changed')
      const { object: decoded } = wanted.schema.decode(object)
      const whole = withAllDefaults(wanted.type, wanted.strategy, decoded as unknown as ApiObject)
      const own = await converted(whole, wanted, served)
      return toStored(served, own as unknown as ApiObject)
    },
  }
}

// A Binding or Scale that is posted to a subresource has no versions here.
function isOfKind({ kind }: JsonObject, { type }: ServedKind): boolean {
  return kind === type.resource.kind
}
