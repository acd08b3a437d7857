import { formatPointInTime, type PointInTime } from './point-in-time.ts'
import type { ApiRequest, PatchType, RequestOptions } from './request.ts'

/** A request as HTTP spells it. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query, from the server's root. */
  readonly path: string
  /** The media type of the body, where there is one. */
  readonly contentType?: string
  readonly body?: unknown
}

const METHODS = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
} as const satisfies Readonly<Record<ApiRequest['verb'], HttpRequest['method']>>

/** The media types of patches (RFC 6902, RFC 7386, and Kubernetes' own). */
const PATCH_MEDIA_TYPES: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

const OPTION_NAMES = [
  'labelSelector',
  'fieldSelector',
  'metricLabelSelector',
  'limit',
  'continue',
  'resourceVersion',
  'resourceVersionMatch',
  'timeoutSeconds',
  'allowWatchBookmarks',
  'sendInitialEvents',
  'dryRun',
  'fieldManager',
  'fieldValidation',
  'force',
] as const satisfies readonly (keyof RequestOptions)[]

/** Spells a request in HTTP. */
export function httpRequest(request: ApiRequest): HttpRequest {
  const { verb, body, at } = request
  const query = queryOf(request)
  const path = at ? `${pathAt(at)}${pathOf(request)}` : pathOf(request)
  return {
    method: METHODS[verb],
    path: query === '' ? path : `${path}?${query}`,
    ...(body !== undefined && { body, contentType: contentTypeOf(request) }),
  }
}

/** What all paths begin with that read a state of the past, without a slash at the end. */
export function pathAt(at: PointInTime): string {
  return `/trierarch/at/${encodeURIComponent(formatPointInTime(at))}`
}

/** The path of what a request is about, such as `/apis/apps/v1/namespaces/default/deployments/web/scale`. */
function pathOf(request: Omit<ApiRequest, 'verb'>): string {
  const { group, version, namespace, resource, name, subresource } = request
  const root = group === '' ? ['api', version] : ['apis', group, version]
  const scope = namespace === undefined ? [] : ['namespaces', namespace]
  const rest = [resource || undefined, name, subresource].filter((each) => each !== undefined)
  return `/${[...root, ...scope, ...rest].map(encodeURIComponent).join('/')}`
}

function queryOf({ verb, options = {} }: ApiRequest): string {
  const query = new URLSearchParams()
  if (verb === 'watch') query.set('watch', 'true')
  for (const name of OPTION_NAMES) {
    const value = options[name]
    if (value === undefined || value === '') continue
    for (const each of Array.isArray(value) ? value : [value]) query.append(name, String(each))
  }
  return query.toString()
}

function contentTypeOf({ verb, patchType = 'strategic' }: ApiRequest): string {
  return verb === 'patch' ? PATCH_MEDIA_TYPES[patchType] : 'application/json'
}
