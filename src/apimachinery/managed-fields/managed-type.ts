import type { MessageClass } from '../../schema/message.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { apiVersionOf } from '../../schema/resource.ts'
import { zeroOf } from '../../schema/zero.ts'
import type { GroupVersionKind } from '../gvk.ts'
import { recursiveDifference, setOf, type FieldSet } from './field-set.ts'
import { messageType } from './message-type.ts'
import { fieldElement } from './path-element.ts'
import type { JsonObject, TypeSchema } from './type-schema.ts'

/** A kind in one version, as ownership of its fields is tracked. */
export interface ManagedType {
  readonly kind: GroupVersionKind
  readonly schema: TypeSchema
  /** The subresource that the request goes to; empty for the object itself. */
  readonly subresource: string
  /** The object before it is created: only what is always written. */
  readonly empty: JsonObject
  /** What of a set of fields a request can change at all: a strategy resets the rest. */
  owned?(fields: FieldSet, apiVersion: string): FieldSet
  /** The object in another version; undefined where that is no longer known. */
  convert?(object: JsonObject, apiVersion: string): Versioned | undefined
}

/** An object in some version, with the schema of that version. */
export interface Versioned {
  readonly object: JsonObject
  readonly schema: TypeSchema
}

export interface ManagedTypeOptions {
  readonly subresource?: string
  /** Dotted paths of the fields that requests to this resource or subresource leave as they are, such as `status`. */
  readonly resetFields?: readonly string[]
  readonly convert?: (object: JsonObject, apiVersion: string) => Versioned | undefined
  /** What the kind consists of, where its declaration does not say: a custom resource. */
  readonly schema?: TypeSchema
}

/** Tracks a declared kind. Make it once and keep it. */
export function managedType(
  resource: ResourceClass,
  options: ManagedTypeOptions = {},
): ManagedType {
  const { group, version, kind } = resource.resource
  const { subresource = '', resetFields = [], convert } = options
  const reset = setOf(...resetFields.map((path) => path.split('.').map(fieldElement)))
  return {
    kind: { group, version, kind },
    schema: options.schema ?? messageType(resource),
    subresource,
    empty: emptyObject(resource),
    ...(resetFields.length > 0 && { owned: (fields) => recursiveDifference(fields, reset) }),
    ...(convert && { convert }),
  }
}

function emptyObject(resource: MessageClass): JsonObject {
  return zeroOf({
    type: 'message',
    of: () => resource,
    shape: 'single',
    tag: 0,
    doc: '',
    presence: 'optional',
    zero: 'kept',
  }) as JsonObject
}

/** The apiVersion of the requests to a type. */
export function apiVersionOfType({ kind }: ManagedType): string {
  return apiVersionOf(kind)
}
