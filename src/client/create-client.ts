import { apiVersionOf, type ResourceClass } from '../schema/resource.ts'
import type {
  Client,
  DeleteParameters,
  DiscoveredResource,
  ListParameters,
  ListResult,
  ObjectKey,
  PatchParameters,
  WatchEvent,
  WatchParameters,
  WriteParameters,
} from './client.ts'
import type { ApiRequest, RequestOptions } from './request.ts'
import type { CallOptions, RawWatchEvent, Transport } from './transport.ts'

interface HasMetadata {
  readonly metadata: ObjectKey
}

interface RawList {
  readonly metadata?: {
    readonly resourceVersion?: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  readonly items?: readonly unknown[]
}

/** The annotation of the bookmark that ends the initial events of a streaming list (KEP-3157). */
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'

/** The typed client on top of a transport. */
export function createClient(transport: Transport): Client {
  const call = (request: ApiRequest, { signal }: CallOptions = {}): Promise<unknown> =>
    transport.call(request, signal ? { signal } : {})

  return {
    get: (type, key, options) =>
      call({ ...target(type, 'get'), ...keyOf(key) }, options) as Promise<never>,

    async list(type, parameters = {}) {
      const { namespace, signal: _, ...options } = parameters
      const request = { ...target(type, 'list'), ...inNamespace(namespace), options }
      return listResult(type, (await call(request, parameters)) as RawList)
    },

    watch: (type, parameters = {}) => watch(transport, type, parameters),

    async discover({ group, version }, options) {
      const answer = await call({ verb: 'get', group, version, resource: '' }, options)
      return (answer as { readonly resources?: readonly DiscoveredResource[] }).resources ?? []
    },

    create(type, object, parameters) {
      // A review has no metadata.
      const namespace = (object as Partial<HasMetadata>).metadata?.namespace
      const request = {
        ...target(type, 'create'),
        ...inNamespace(namespace),
        ...written(parameters),
        body: withKind(type, object),
      }
      return call(request, parameters) as Promise<never>
    },

    update: (type, object, parameters) =>
      call(updateOf(type, object, parameters), parameters) as Promise<never>,

    updateStatus: (type, object, parameters) =>
      call(
        { ...updateOf(type, object, parameters), subresource: 'status' },
        parameters,
      ) as Promise<never>,

    patch(type, key, patchType, patch, parameters) {
      const { subresource } = parameters ?? {}
      const request = {
        ...target(type, 'patch'),
        ...keyOf(key),
        ...(subresource !== undefined && { subresource }),
        ...written(parameters),
        patchType,
        body: patch,
      }
      return call(request, parameters) as Promise<never>
    },

    async delete(type, key, parameters = {}) {
      const request = { ...target(type, 'delete'), ...keyOf(key), body: deleteOptions(parameters) }
      await call(request, parameters)
    },

    async deleteCollection(type, parameters) {
      const request = {
        ...target(type, 'deletecollection'),
        ...inNamespace(parameters.namespace),
        options: selectionOf(parameters),
        body: deleteOptions(parameters),
      }
      await call(request, parameters)
    },

    getSubresource(type, key, subresource, parameters = {}) {
      const { signal: _, ...options } = parameters
      const request = { ...target(type, 'get'), ...keyOf(key), subresource, options }
      return call(request, parameters) as Promise<never>
    },

    updateSubresource(type, key, subresource, body, parameters) {
      const request = {
        ...target(type, 'update'),
        ...keyOf(key),
        subresource,
        ...written(parameters),
        body,
      }
      return call(request, parameters) as Promise<never>
    },

    createSubresource(type, key, subresource, body, parameters) {
      const request = {
        ...target(type, 'create'),
        ...keyOf(key),
        subresource,
        ...written(parameters),
        body,
      }
      return call(request, parameters) as Promise<never>
    },
  }
}

async function* watch<T>(
  transport: Transport,
  type: ResourceClass<T>,
  { namespace, signal, ...options }: WatchParameters,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const request = { ...target(type, 'watch'), ...inNamespace(namespace), options }
  for await (const event of transport.watch(request, signal ? { signal } : {})) {
    yield watchEvent<T>(event)
  }
}

function watchEvent<T>({ type, object }: RawWatchEvent): WatchEvent<T> {
  if (type !== 'BOOKMARK') return { type, object: object as T }
  const { metadata } = object as {
    metadata: { resourceVersion: string; annotations?: Readonly<Record<string, string>> }
  }
  const initialEventsEnd = metadata.annotations?.[INITIAL_EVENTS_END] === 'true'
  return { type, resourceVersion: metadata.resourceVersion, initialEventsEnd }
}

function listResult<T>(type: ResourceClass<T>, list: RawList): ListResult<T> {
  const { resourceVersion = '', continue: next, remainingItemCount } = list.metadata ?? {}
  return {
    // Lists leave the kind of built-in types to the reader; single objects and events tell it.
    items: (list.items ?? []).map((item) => withKind(type, item) as T),
    resourceVersion,
    ...(next && { continue: next }),
    ...(remainingItemCount !== undefined && { remainingItemCount }),
  }
}

function withKind<T>(type: ResourceClass<T>, object: unknown): unknown {
  if ((object as { readonly kind?: string }).kind) return object
  const { resource } = type
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...(object as object) }
}

function target<T>(
  type: ResourceClass<T>,
  verb: ApiRequest['verb'],
): Pick<ApiRequest, 'verb' | 'group' | 'version' | 'resource'> {
  const { group, version, plural } = type.resource
  return { verb, group, version, resource: plural }
}

function updateOf<T>(
  type: ResourceClass<T>,
  object: T,
  parameters: WriteParameters | undefined,
): ApiRequest {
  return {
    ...target(type, 'update'),
    ...keyOf((object as HasMetadata).metadata),
    ...written(parameters),
    body: withKind(type, object),
  }
}

function keyOf({ namespace, name }: ObjectKey): Pick<ApiRequest, 'namespace' | 'name'> {
  return { ...inNamespace(namespace), name }
}

function inNamespace(namespace: string | undefined): Pick<ApiRequest, 'namespace'> {
  return namespace === undefined || namespace === '' ? {} : { namespace }
}

function written(
  parameters: WriteParameters & Pick<PatchParameters, 'force'> = {},
): Pick<ApiRequest, 'options'> {
  const { dryRun, fieldManager, fieldValidation, force } = parameters
  return {
    options: {
      ...(dryRun && { dryRun }),
      ...(fieldManager !== undefined && { fieldManager }),
      ...(fieldValidation && { fieldValidation }),
      ...(force !== undefined && { force }),
    },
  }
}

function selectionOf(parameters: ListParameters): RequestOptions {
  const { labelSelector, fieldSelector, limit, resourceVersion, resourceVersionMatch } = parameters
  return {
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
    ...(limit !== undefined && { limit }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(resourceVersionMatch && { resourceVersionMatch }),
  }
}

function deleteOptions(parameters: DeleteParameters): unknown {
  const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = parameters
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(propagationPolicy && { propagationPolicy }),
    ...(preconditions && { preconditions }),
    ...(dryRun && { dryRun }),
  }
}
