import { isEncrypted } from '../encryption/prefixed.ts'
import { internalError } from '../../apimachinery/status-error.ts'
import type { Clock } from '../../base/clock.ts'
import type { Strategy, StrategyContext } from '../../api/strategy.ts'
import type { ResourceClass, ResourceInfo } from '../../schema/resource.ts'
import type { Entry } from '../../storage/store.ts'
import { transformingStore } from '../../storage/transforming-store.ts'
import { WatchCache } from '../watch-cache/watch-cache.ts'
import { deepFreezePlain, type ApiObject } from './api-object.ts'
import type { Deletion } from './deletion.ts'
import { completer } from './decode-object.ts'
import type { RegistryEnvironment } from './environment.ts'
import { inOrder, StoredObject } from './stored-object.ts'

/** What a resource needs beyond its strategy because it reaches past the object itself. */
export interface ResourceHooks {
  /** After how long the object goes away by itself. */
  readonly ttlSeconds?: number
  /** Reserves what the object asks for, such as an address. Throws `StatusError` where that cannot be had. */
  readonly reserve?: (
    object: ApiObject,
    old: ApiObject | undefined,
    options: ReserveOptions,
  ) => Reservation | Promise<Reservation>
  /** Has the last word on what a deletion comes to. */
  readonly changeDeletion?: (old: ApiObject, planned: Deletion, clock: Clock) => Deletion
  /** Whether an object that is being deleted may go away for good with an update. */
  readonly mayFinish?: (object: ApiObject) => boolean
  /** Fields with an index, beside their strategies' getters. */
  readonly indexedFields?: readonly string[]
  /** How objects are read from the store, where not by declaration. */
  readonly objectOf?: (entry: Entry) => StoredObject
  /** The object is gone. Must not throw. */
  readonly deleted?: (object: ApiObject) => void | Promise<void>
}

export interface ReserveOptions {
  readonly dryRun: boolean
  readonly context: StrategyContext
}

/** What was reserved for a write. Exactly one of the two is called, and neither throws. */
export interface Reservation {
  readonly object: ApiObject
  readonly commit: () => void | Promise<void>
  readonly rollback: () => void | Promise<void>
}

/** A stored resource: one kind, its rules, and where its objects are. */
export interface Resource {
  /** The class of the version that is stored. */
  readonly type: ResourceClass<ApiObject>
  readonly info: ResourceInfo
  readonly strategy: Strategy<ApiObject>
  readonly hooks: ResourceHooks
  readonly env: RegistryEnvironment
  /** What the keys of all its objects begin with. */
  readonly prefix: string
  readonly cache: WatchCache
  /** The object that an entry of the store holds, with its resourceVersion. */
  objectOf(entry: Entry): StoredObject
}

export function createResource(
  type: ResourceClass<ApiObject>,
  strategy: Strategy<ApiObject>,
  environment: RegistryEnvironment,
  hooks: ResourceHooks = {},
): Resource {
  const info = type.resource
  const env = withTransformer(environment, info)
  const prefix = storagePrefix(info)
  const objectOf = hooks.objectOf ?? reader(completer(type, strategy), env)
  const { selectableFields = {} } = strategy
  const { indexedFields } = hooks
  const cache = new WatchCache({
    ...env,
    prefix,
    objectOf,
    ...(indexedFields && {
      indexedFields: Object.fromEntries(
        indexedFields.map((field) => [field, selectableFields[field]!]),
      ),
    }),
  })
  return { type, info, strategy, hooks, env, prefix, cache, objectOf }
}

// No provider is configured for the resource, though one once was.
const ENCRYPTED_UNREADABLE = 'identity transformer tried to read encrypted data'

function withTransformer(env: RegistryEnvironment, info: ResourceInfo): RegistryEnvironment {
  const transformer = env.transformerOf?.(info)
  return transformer ? { ...env, store: transformingStore(env.store, transformer) } : env
}

/** `/registry/pods/`, `/registry/apps/deployments/`. */
function storagePrefix({ group, plural }: ResourceInfo): string {
  return group === '' ? `/registry/${plural}/` : `/registry/${group}/${plural}/`
}

/** What the keys of the objects in a namespace, or in all, begin with. */
export function prefixIn(resource: Resource, namespace: string): string {
  return namespace === '' ? resource.prefix : `${resource.prefix}${namespace}/`
}

export function keyOf(resource: Resource, namespace: string, name: string): string {
  return resource.info.namespaced
    ? `${resource.prefix}${namespace}/${name}`
    : resource.prefix + name
}

/** An object as it is put into the store: without a resourceVersion, which only the store can give. */
export function toStore({ env }: Resource, object: ApiObject): StoredObject {
  const { resourceVersion: _, ...metadata } = object.metadata
  const final = inOrder({ ...object, metadata })
  return new StoredObject(env.freeze ? deepFreezePlain(final) : final)
}

function reader(
  complete: (value: unknown) => ApiObject,
  { freeze }: RegistryEnvironment,
): (entry: Entry) => StoredObject {
  // For values that come from a disk or from another process, and so are bytes alone.
  const decoded = new WeakMap<Entry['value'], StoredObject>()
  return ({ value, revision }) => {
    if (value instanceof StoredObject) return value.at(revision)
    const known = decoded.get(value)
    if (known) return known
    const { bytes } = value
    // Found out from the first byte for all else: objects are JSON.
    if (isEncrypted(bytes)) throw internalError(ENCRYPTED_UNREADABLE)
    const object = StoredObject.decode(bytes, (json) => {
      const object = complete(json)
      return freeze ? deepFreezePlain(object) : object
    }).at(revision)
    decoded.set(value, object)
    return object
  }
}
