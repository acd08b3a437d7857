import type { Overload } from '../check/overload.ts'
import { fn, method } from '../check/overload.ts'
import type { Result } from '../values/value.ts'
import { ArrayList, CelError, EntryMap, OpaqueValue } from '../values/value.ts'
import {
  type Url,
  escapedPath,
  hostName,
  parseRequestUri,
  parseUrl,
  portOf,
  queryOf,
} from './parse-url.ts'

class UrlValue extends OpaqueValue {
  readonly typeName = 'kubernetes.URL'
  readonly url: Url
  readonly #text: string

  constructor(url: Url, text: string) {
    super()
    this.url = url
    this.#text = text
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof UrlValue && other.#text === this.#text
  }
}

function urlOf(text: string): Result {
  const request = parseRequestUri(text)
  const url = request instanceof Error ? request : parseUrl(text)
  return url instanceof Error
    ? new CelError(`URL parse error during conversion from string: ${url.message}`)
    : new UrlValue(url, text)
}

function query({ url }: UrlValue): EntryMap {
  const map = new EntryMap()
  for (const [key, values] of queryOf(url)) map.insert(key, new ArrayList(values))
  return map
}

const getter = (name: string, id: string, read: (url: Url) => string): Overload =>
  method(name, id, 'kubernetes.URL -> string', ({ url }: UrlValue) => read(url))

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library */
export const URLS: readonly Overload[] = [
  fn('url', 'string_to_url', 'string -> kubernetes.URL', urlOf),
  fn(
    'isURL',
    'is_url_string',
    'string -> bool',
    (text: string) => !(parseRequestUri(text) instanceof Error),
  ),
  getter('getScheme', 'url_get_scheme', ({ scheme }) => scheme),
  getter('getHost', 'url_get_host', ({ host }) => host),
  getter('getHostname', 'url_get_hostname', hostName),
  getter('getPort', 'url_get_port', portOf),
  getter('getEscapedPath', 'url_get_escaped_path', escapedPath),
  method('getQuery', 'url_get_query', 'kubernetes.URL -> map(string, list(string))', query),
]
