import type { Input } from '../schema/message.ts'
import type { ResourceClass } from '../schema/resource.ts'
import type { PatchType, RequestOptions } from './request.ts'
import type { CallOptions } from './transport.ts'

/** Which object: its name, and its namespace where it has one. */
export interface ObjectKey {
  readonly namespace?: string
  readonly name: string
}

export interface ListResult<T> {
  readonly items: readonly T[]
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | {
      readonly type: 'BOOKMARK'
      readonly resourceVersion: string
      readonly initialEventsEnd: boolean
    }

export interface ListParameters
  extends
    CallOptions,
    Pick<
      RequestOptions,
      | 'labelSelector'
      | 'fieldSelector'
      | 'limit'
      | 'continue'
      | 'resourceVersion'
      | 'resourceVersionMatch'
    > {
  readonly namespace?: string
}

export interface WatchParameters
  extends
    CallOptions,
    Pick<
      RequestOptions,
      | 'labelSelector'
      | 'fieldSelector'
      | 'resourceVersion'
      | 'resourceVersionMatch'
      | 'timeoutSeconds'
      | 'allowWatchBookmarks'
      | 'sendInitialEvents'
    > {
  readonly namespace?: string
}

export interface WriteParameters
  extends CallOptions, Pick<RequestOptions, 'dryRun' | 'fieldManager' | 'fieldValidation'> {}

export interface DeleteParameters extends CallOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly dryRun?: readonly string[]
}

export interface SubresourceParameters
  extends CallOptions, Pick<RequestOptions, 'labelSelector' | 'metricLabelSelector'> {}

export interface PatchParameters extends WriteParameters {
  readonly subresource?: string
  /** Takes over fields that other managers own (server-side apply). */
  readonly force?: boolean
}

/** A resource, or a subresource, as discovery tells of it (`APIResource`). */
export interface DiscoveredResource {
  /** The plural; `RESOURCE/SUBRESOURCE` for a subresource. */
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

/**
 * The typed client: everything that Trierarch's own components ask of the API goes through one of these.
 * All calls throw `StatusError` where the server reports a failure. Objects that come back are frozen.
 */
export interface Client {
  get<T>(type: ResourceClass<T>, key: ObjectKey, options?: CallOptions): Promise<T>
  list<T>(type: ResourceClass<T>, parameters?: ListParameters): Promise<ListResult<T>>
  watch<T>(type: ResourceClass<T>, parameters?: WatchParameters): AsyncIterable<WatchEvent<T>>
  /** What the server of a group and version has. Only of those that other servers answer: they tell over HTTP. */
  discover(
    groupVersion: { readonly group: string; readonly version: string },
    options?: CallOptions,
  ): Promise<readonly DiscoveredResource[]>
  /** Creates an object in the namespace that its metadata names. */
  create<T>(type: ResourceClass<T>, object: Input<T>, parameters?: WriteParameters): Promise<T>
  /** Replaces an object. Fails with a conflict where its resourceVersion is not the newest. */
  update<T>(type: ResourceClass<T>, object: T, parameters?: WriteParameters): Promise<T>
  /** Replaces an object's status and leaves the rest alone. */
  updateStatus<T>(type: ResourceClass<T>, object: T, parameters?: WriteParameters): Promise<T>
  patch<T>(
    type: ResourceClass<T>,
    key: ObjectKey,
    patchType: PatchType,
    patch: unknown,
    parameters?: PatchParameters,
  ): Promise<T>
  delete<T>(type: ResourceClass<T>, key: ObjectKey, parameters?: DeleteParameters): Promise<void>
  deleteCollection<T>(
    type: ResourceClass<T>,
    parameters: ListParameters & DeleteParameters,
  ): Promise<void>
  /** Reads a subresource of an object, such as `scale` of a Deployment. */
  getSubresource<T, R = unknown>(
    type: ResourceClass<T>,
    key: ObjectKey,
    subresource: string,
    parameters?: SubresourceParameters,
  ): Promise<R>
  /** Replaces a subresource of an object, such as `scale` of a Deployment, or `finalize` of a Namespace. */
  updateSubresource<T, R = unknown>(
    type: ResourceClass<T>,
    key: ObjectKey,
    subresource: string,
    body: unknown,
    parameters?: WriteParameters,
  ): Promise<R>
  /** Creates a subresource of an object, such as `binding` or `eviction` of a Pod, or `token` of a ServiceAccount. */
  createSubresource<T, R = unknown>(
    type: ResourceClass<T>,
    key: ObjectKey,
    subresource: string,
    body: unknown,
    parameters?: WriteParameters,
  ): Promise<R>
}
