import type { Strategy } from '../../api/strategy.ts'
import { decode } from '../../schema/decode.ts'
import { withDefaults } from '../../schema/defaults.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { ApiObject } from './api-object.ts'

/** Fills in what a decoded object leaves open, as is done to all that comes from a client or from the store. */
export function withAllDefaults(
  type: ResourceClass<ApiObject>,
  { applyDefaults }: Strategy<ApiObject>,
  decoded: ApiObject,
): ApiObject {
  // A client may leave out even the metadata.
  const { metadata = {} } = decoded as Partial<ApiObject>
  const object = decoded.metadata === metadata ? decoded : { ...decoded, metadata }
  const filled = withDefaults(type, object)
  return applyDefaults ? applyDefaults(filled) : filled
}

/** Checks what was read from the store, and fills in what an older release has not written. */
export function completer(
  type: ResourceClass<ApiObject>,
  strategy: Strategy<ApiObject>,
): (value: unknown) => ApiObject {
  return (value) => {
    const decoded = decode(type, value, { unknownFields: [] })
    return withAllDefaults(type, strategy, decoded as unknown as ApiObject)
  }
}
