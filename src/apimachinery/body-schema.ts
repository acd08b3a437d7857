import { decode } from '../schema/decode.ts'
import { formatStrictProblem, inspect } from '../schema/inspect.ts'
import type { MessageClass } from '../schema/message.ts'
import type { GroupVersion, GroupVersionKind } from './gvk.ts'

/** How a kind is decoded: from a declaration, or from the schema of a custom resource. */
export interface BodySchema {
  /** What the request expects. */
  readonly kind: GroupVersionKind
  /** Undefined where the kind has no protobuf form. */
  readonly message?: MessageClass
  /** Throws `DecodeError` where a type is wrong. */
  decode(value: unknown): DecodedValue
  /** What strict decoding refuses, such as `unknown field "spec.foo"`. The value may hold `OrderedObject`s. */
  strictProblems(value: unknown): readonly string[]
  /** Whether another kind exists; only for the words of the refusal. */
  isRegistered?(kind: GroupVersionKind): boolean
  /** Whether a body of another version will do. None will by default. */
  acceptsVersion?(version: GroupVersion): boolean
}

interface DecodedValue {
  readonly object: Readonly<Record<string, unknown>>
  /** Something the schema does not know was dropped. */
  readonly hasUnknown: boolean
}

/** A schema by declaration. */
export function messageSchema(
  message: MessageClass,
  kind: GroupVersionKind,
  more: Pick<BodySchema, 'isRegistered' | 'acceptsVersion'> = {},
): BodySchema {
  return {
    ...more,
    kind,
    message,
    decode(value) {
      const unknownFields: string[] = []
      const object = decode(message, value, { unknownFields })
      return { object, hasUnknown: unknownFields.length > 0 }
    },
    strictProblems: (value) => inspect(message, value).strict.map(formatStrictProblem),
  }
}
