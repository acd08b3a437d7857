import { METHOD_VERBS } from '../../apimachinery/method-verbs.ts'
import { badRequest } from '../../apimachinery/status-error.ts'
import { exactFieldValue, parseFieldSelector } from '../../apimachinery/fields.ts'
import { ParseError } from '../../apimachinery/parse-error.ts'
import type { ApiRequest, Verb } from '../../client/request.ts'
import { parseQuery, type HttpOptions } from './query.ts'

/** What a method, path and query ask for. */
export type RequestInfo =
  | {
      readonly type: 'resource'
      readonly request: ApiRequest & { readonly options?: HttpOptions }
      /** What follows the subresource, with its leading slash, for proxies. */
      readonly rest: string
    }
  | {
      readonly type: 'nonResource'
      /** The method in lower case. */
      readonly verb: string
      readonly path: string
    }

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize'])

/** Reads what a request is about. Throws `BadRequest`. See k8s.io/apiserver/pkg/endpoints/request. */
export function requestInfo(method: string, path: string, query: string): RequestInfo {
  const place = placeOf(path)
  const verb =
    METHOD_VERBS.get(method) ?? (method === 'OPTIONS' && isProxied(place) ? 'create' : undefined)
  if (!place || !verb) return { type: 'nonResource', verb: method.toLowerCase(), path }
  const { group, version, parts, isWatch } = place
  const { namespace, rest } = scopeOf(parts)
  const [resource = '', name, subresource, ...more] = rest.map(unescape)
  const options = query === '' ? {} : parseQuery(query)
  const actual = actualVerb(verb, name, isWatch || options.watch === true)
  const only = name ?? nameIn(options, actual)
  return {
    type: 'resource',
    request: {
      verb: actual,
      group,
      version,
      resource,
      ...(namespace !== undefined && { namespace: unescape(namespace) }),
      ...(only !== undefined && { name: only }),
      ...(subresource !== undefined && { subresource }),
      ...(query !== '' && { options }),
    },
    // As it was sent: what lies behind a proxy may see a difference between `/` and `%2F`.
    rest: more.length === 0 ? '' : `/${rest.slice(3).join('/')}`,
  }
}

// Kubernetes has no verb for it: who may post through a proxy may ask what may be posted.
function isProxied(place: Place | undefined): boolean {
  return place !== undefined && scopeOf(place.parts).rest[2] === 'proxy'
}

interface Place {
  readonly group: string
  readonly version: string
  readonly parts: readonly string[]
  readonly isWatch: boolean
}

function placeOf(path: string): Place | undefined {
  const isCore = path.startsWith('/api/')
  if (!isCore && !path.startsWith('/apis/')) return undefined
  const all = path.split('/')
  const [group, version, ...parts] = isCore ? ['', ...all.slice(2)] : all.slice(2)
  // `/` at the end of a proxied path means something, before that it does not.
  if (!version || !parts[0]) return undefined
  const isWatch = parts[0] === 'watch' && parts.length > 1
  return { group: group!, version, parts: isWatch ? parts.slice(1) : parts, isWatch }
}

function scopeOf(parts: readonly string[]): {
  readonly namespace: string | undefined
  readonly rest: readonly string[]
} {
  const [first, namespace, next] = parts
  if (first !== 'namespaces' || !namespace) return { namespace: undefined, rest: trimmed(parts) }
  if (!next || NAMESPACE_SUBRESOURCES.has(next)) return { namespace, rest: trimmed(parts) }
  return { namespace, rest: trimmed(parts.slice(2)) }
}

// A slash at the end of a collection's or an object's path says nothing.
function trimmed(parts: readonly string[]): readonly string[] {
  return parts.length < 4 && parts.at(-1) === '' ? parts.slice(0, -1) : parts
}

function unescape(part: string): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) throw badRequest(`invalid URL escape ${JSON.stringify(part)}`)
    throw error
  }
}

function actualVerb(verb: Verb, name: string | undefined, isWatch: boolean): Verb {
  if (verb === 'get' && isWatch) return 'watch'
  if (name !== undefined) return verb
  if (verb === 'get') return 'list'
  return verb === 'delete' ? 'deletecollection' : verb
}

// Who may only see one object may list and watch that one.
function nameIn({ fieldSelector }: HttpOptions, verb: Verb): string | undefined {
  if (fieldSelector === undefined || (verb !== 'list' && verb !== 'watch')) return undefined
  try {
    return exactFieldValue(parseFieldSelector(fieldSelector), 'metadata.name')
  } catch (error) {
    if (error instanceof ParseError) return undefined // Refused later, in the words of the selector.
    throw error
  }
}
