import { type Field, listOf, ref, string } from './field.ts'
import {
  messagesOf,
  type declaration,
  type Fields,
  type MessageClass,
  type MessageConstructor,
  type Stored,
} from './message.ts'

/** A resource below an object, such as `pods/exec`. Group, version and kind are those of what it takes. */
export interface Subresource {
  readonly name: string
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly verbs: readonly string[]
}

/** Where and how a kind is served. */
export interface ResourceInfo {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly namespaced: boolean
  readonly subresources: readonly Subresource[]
  /** What can be done with it: `get`, `list`, `create`, … */
  readonly verbs: readonly string[]
  /** The class whose form objects are stored in, where it is not the kind's own. */
  readonly storedAs?: () => ResourceClass
}

export interface ResourceOptions {
  readonly plural: string
  readonly singular?: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly namespaced: boolean
  /** A mere name takes the kind itself and can be got, patched and updated. */
  readonly subresources?: readonly (string | (Partial<Subresource> & { readonly name: string }))[]
  readonly verbs?: readonly string[]
  /** OpenAPI lists the metadata as required. */
  readonly requiredMetadata?: boolean
  /** The class whose form objects are stored in, where it is not the kind's own: another version of it, mostly. */
  readonly storedAs?: () => ResourceClass
}

/** The metadata that every stored object has. */
interface StoredMetadata {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly creationTimestamp: string
}

/** An object as the API server stores and serves it. */
export type StoredResource<M, F extends Fields, N extends boolean> = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: M &
    StoredMetadata &
    (N extends true ? { readonly namespace: string } : unknown)
} & Omit<Stored<F>, typeof declaration> & {
    readonly [declaration]?: F & {
      readonly apiVersion: Field<string>
      readonly kind: Field<string>
      readonly metadata: Field<M>
    }
  }

/** The class of a kind: a message with metadata that is served as a resource. `T` is the stored object. */
export interface ResourceClass<T = unknown> extends MessageClass {
  new (): T
  readonly resource: ResourceInfo
  /** The kind's list, such as DeploymentList. */
  readonly list: MessageClass
}

export interface ResourceConstructor<M, F extends Fields, N extends boolean> extends ResourceClass<
  StoredResource<M, F, N>
> {
  new (): StoredResource<M, F, N>
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

export interface ApiGroup<M> {
  /** Declares a message of this group and version. */
  readonly message: ReturnType<typeof messagesOf>
  /** Declares a kind of this group and version. */
  readonly resource: <F extends Fields, const O extends ResourceOptions>(
    doc: string,
    options: O,
    fields: F,
  ) => ResourceConstructor<M, F, O['namespaced']>
}

/** Makes the functions that declare the types of one group and version, given the classes of their metadata. */
export function apiGroup<M>(
  { group, version, package: packageName }: { group: string; version: string; package: string },
  ObjectMeta: MessageClass & { new (): M },
  ListMeta: MessageClass & { new (): unknown },
): ApiGroup<M> {
  const message = messagesOf(packageName)
  return {
    message,
    resource(doc, options, fields) {
      const metadata = ref(ObjectMeta, 1, METADATA_DOC)
      const all = {
        ...typeMeta,
        metadata: options.requiredMetadata ? metadata.required() : metadata.written(),
        ...fields,
      }
      // The subclass brings the kind's name, so what depends on it is made when asked for.
      let info: ResourceInfo | undefined
      let list: MessageClass | undefined
      const base = class {
        static readonly fields = all
        static readonly info = { package: packageName, doc, atomic: false }
        static get resource(): ResourceInfo {
          return (info ??= resourceInfo(group, version, this.name, options))
        }
        static get list(): MessageClass {
          return (list ??= listClass(message, this as never, ListMeta))
        }
      }
      return base as never
    },
  }
}

const METADATA_DOC =
  'Standard object metadata: name, namespace, labels, annotations, and what the API server keeps of the object.'

/** Kind and version have no protobuf tag: they travel in the envelope. */
export const typeMeta = {
  apiVersion: string(
    0,
    'The group and version of this object: `GROUP/VERSION`, or `v1` for the core group.',
  ),
  kind: string(0, 'The kind of this object, in CamelCase. It cannot be changed.'),
}

function resourceInfo(
  group: string,
  version: string,
  kind: string,
  options: ResourceOptions,
): ResourceInfo {
  return {
    group,
    version,
    kind,
    plural: options.plural,
    singular: options.singular ?? kind.toLowerCase(),
    shortNames: options.shortNames ?? [],
    categories: options.categories ?? [],
    namespaced: options.namespaced,
    subresources: (options.subresources ?? []).map((each) => ({
      group,
      version,
      kind,
      verbs: ['get', 'patch', 'update'],
      ...(typeof each === 'string' ? { name: each } : each),
    })),
    verbs: options.verbs ?? ALL_VERBS,
    ...(options.storedAs && { storedAs: options.storedAs }),
  }
}

function listClass(
  message: ReturnType<typeof messagesOf>,
  of: MessageConstructor<Fields>,
  ListMeta: MessageClass & { new (): unknown },
): MessageClass {
  const list = message(`A list of ${of.name} objects.`, {
    ...typeMeta,
    metadata: ref(
      ListMeta,
      1,
      'Standard list metadata: the version of the list, and where its next page starts.',
    ).written(),
    items: listOf(of, 2, `The ${of.name} objects of this page of the list.`).required(),
  })
  Object.defineProperty(list, 'name', { value: `${of.name}List` })
  return list
}

/** The `apiVersion` of a group and version: `apps/v1`, or `v1` for the core group. */
export function apiVersionOf({
  group,
  version,
}: {
  readonly group: string
  readonly version: string
}): string {
  return group === '' ? version : `${group}/${version}`
}
