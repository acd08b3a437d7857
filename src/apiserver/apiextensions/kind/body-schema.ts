import { ObjectMeta } from '../../../api/meta/v1/object-meta.ts'
import type { BodySchema } from '../../../apimachinery/body-schema.ts'
import type { GroupVersionKind } from '../../../apimachinery/gvk.ts'
import { decode } from '../../../schema/decode.ts'
import type { Complete } from '../schema/complete.ts'
import { isObject, type Json, type Schema } from '../schema/schema.ts'
import { strictProblems } from '../schema/unknown-fields.ts'

/** How bodies of a custom resource are read: unknown fields go, defaults come, and there is no protobuf form. */
export function customBodySchema(
  kind: GroupVersionKind,
  schema: Schema,
  complete: () => Complete,
): BodySchema {
  return {
    kind,
    decode: (value) => decodeCustom(value, complete()),
    strictProblems: (value) => strictProblems(schema, value),
  }
}

/** An object with its metadata as it must be, and all else by its schema. Throws `DecodeError`. */
export function decodeCustom(
  value: unknown,
  complete: Complete,
): { readonly object: Json; readonly hasUnknown: boolean } {
  const dropped = { unknown: false }
  const unknownFields: string[] = []
  const completed = complete(value, dropped)
  if (!isObject(completed)) return { object: {}, hasUnknown: false }
  const before = completed['metadata']
  const metadata =
    before === undefined || before === null ? {} : decode(ObjectMeta, before, { unknownFields })
  const object = metadata === before ? completed : { ...completed, metadata }
  return { object, hasUnknown: dropped.unknown || unknownFields.length > 0 }
}
