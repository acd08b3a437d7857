import type { ResourceClass, ResourceInfo } from '../schema/resource.ts'
import type { ObjectKey } from './client.ts'

/** An object of any kind, by what all have. */
export interface AnyObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectKey & {
    readonly uid: string
    readonly resourceVersion: string
    readonly creationTimestamp: string
    readonly deletionTimestamp?: string
    readonly finalizers?: readonly string[]
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly {
      readonly apiVersion: string
      readonly kind: string
      readonly name: string
      readonly uid: string
      readonly controller?: boolean
      readonly blockOwnerDeletion?: boolean
    }[]
  }
}

const ALL_VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]

type Known = Pick<ResourceInfo, 'group' | 'version' | 'kind' | 'plural' | 'namespaced'>

/** A class for a kind that is known by name alone, such as a custom resource: enough for clients and informers. */
export function dynamicClass(known: Known): ResourceClass<AnyObject> {
  const resource: ResourceInfo = {
    singular: known.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    subresources: [],
    verbs: ALL_VERBS,
    ...known,
  }
  // Nobody encodes or decodes by this class: it has no fields to tell.
  return class {
    static readonly fields = {}
    static readonly info = { package: known.group, doc: '', atomic: false }
    static readonly resource = resource
    static readonly list = { name: `${known.kind}List`, fields: {}, info: this.info }
  } as unknown as ResourceClass<AnyObject>
}

/** The same for a custom resource whose objects are known to be of a type: `customClass<Website>({ group, … })`. */
export function customClass<T extends AnyObject>(known: Known): ResourceClass<T> {
  return dynamicClass(known) as ResourceClass as ResourceClass<T>
}
