import type { BodySchema } from '../../apimachinery/body-schema.ts'
import type { ManagedType } from '../../apimachinery/managed-fields/managed-type.ts'
import type { Strategy } from '../../api/strategy.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { TablePrinter } from '../http/tables.ts'
import type { Verbs } from '../pipeline/subresources.ts'
import type { ApiObject } from './api-object.ts'
import type { Resource } from './resource.ts'
import { StoredObject } from './stored-object.ts'

/** One version of a resource, as clients see it. */
export interface ServedKind {
  /** The class of this version. */
  readonly type: ResourceClass<ApiObject>
  /** The rules of this version; only its defaults are used where it is not the stored one. */
  readonly strategy: Strategy<ApiObject>
  readonly resource: Resource
  /** How bodies of this version are read. */
  readonly schema: BodySchema
  /** What to tell whoever uses it, where it will go away. */
  readonly deprecation?: string
  /** How to change between this version and the stored one; absent where it is the stored one. */
  readonly conversion?: Conversion
  /** How objects are shown as a table, where the definition of the kind says so. */
  readonly printer?: TablePrinter
  /** How ownership of fields is tracked for requests to a subresource, where not by declaration. */
  readonly managedType?: (subresource: string) => ManagedType
  /** Subresources that are more than a part of the object. */
  readonly special?: Readonly<Record<string, Verbs>>
}

export interface Conversion {
  toStored(object: ApiObject): ApiObject
  fromStored(object: ApiObject): ApiObject
}

/** An object of this version, in the stored one. */
export function toStored({ conversion }: ServedKind, object: ApiObject): ApiObject {
  return conversion ? conversion.toStored(object) : object
}

/** An object as it is stored, in this version. */
export function fromStored({ conversion }: ServedKind, object: ApiObject): ApiObject {
  return conversion ? conversion.fromStored(object) : object
}

/** The object in the version that is served. It is made once, and kept with the object. */
export function inVersion({ type, conversion }: ServedKind, stored: StoredObject): StoredObject {
  if (!conversion) return stored
  return stored.encoding(`version ${type.resource.version}`, (object) => {
    const { resourceVersion: _, ...metadata } = object.metadata
    return new StoredObject(conversion.fromStored({ ...object, metadata })).at(stored.revision)
  })
}
