/** A URL as Go's net/url reads it, which differs from what browsers do. */
export interface Url {
  readonly scheme: string
  /** With the port. */
  readonly host: string
  /** As written. */
  readonly path: string
  readonly query: string
}

// eslint-disable-next-line no-control-regex -- that is what is looked for.
const CONTROL = /[\u0000-\u001f\u007f]/
const SCHEME = /^([a-zA-Z][a-zA-Z0-9+.-]*):/
const USER_INFO = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/
const BAD_HOST_CHARACTER = /[^A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"%\u0080-\u{10ffff}]/u
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2})[^]{0,2}/

/** An absolute URL or an absolute path, as in the first line of a request. An `Error` has Go's words. */
export function parseRequestUri(raw: string): Url | Error {
  const url = parts(raw, true)
  return url instanceof Error ? new Error(`parse ${JSON.stringify(raw)}: ${url.message}`) : url
}

/** The same for text that `parseRequestUri()` takes, where what follows a `#` belongs to neither path nor query. */
export function parseUrl(raw: string): Url | Error {
  const hash = raw.indexOf('#')
  const url = parts(hash < 0 ? raw : raw.slice(0, hash), false)
  return url instanceof Error ? new Error(`parse ${JSON.stringify(raw)}: ${url.message}`) : url
}

function parts(raw: string, isRequest: boolean): Url | Error {
  if (CONTROL.test(raw)) return new Error('net/url: invalid control character in URL')
  if (raw === '' && isRequest) return new Error('empty url')
  if (raw === '*') return { scheme: '', host: '', path: '*', query: '' }
  if (raw.startsWith(':')) return new Error('missing protocol scheme')
  const scheme = SCHEME.exec(raw)?.[1] ?? ''
  const [rest, query] = cut(scheme === '' ? raw : raw.slice(scheme.length + 1), '?')
  const known = { scheme: scheme.toLowerCase(), query }
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...known, host: '', path: '' }
    return new Error('invalid URI for request')
  }
  const hasAuthority =
    rest.startsWith('//') && (scheme !== '' || (!isRequest && !rest.startsWith('///')))
  const slash = hasAuthority ? rest.indexOf('/', 2) : 0
  const host = hasAuthority ? hostOf(rest.slice(2, slash < 0 ? undefined : slash)) : ''
  if (host instanceof Error) return host
  const path = slash < 0 ? '' : rest.slice(slash)
  const problem = BAD_ESCAPE.exec(path)
  return problem
    ? new Error(`invalid URL escape ${JSON.stringify(problem[0])}`)
    : { ...known, host, path }
}

function hostOf(authority: string): string | Error {
  const at = authority.lastIndexOf('@')
  if (at >= 0 && !USER_INFO.test(authority.slice(0, at)))
    return new Error('net/url: invalid userinfo')
  const host = authority.slice(at + 1)
  const close = host.lastIndexOf(']')
  if (host.startsWith('[') && close < 0) return new Error("missing ']' in host")
  const port = host.startsWith('[') ? host.slice(close + 1) : (/:.*$/.exec(host)?.[0] ?? '')
  if (!/^(?::\d*)?$/.test(lastPort(port))) {
    return new Error(`invalid port ${JSON.stringify(lastPort(port))} after host`)
  }
  const bad = BAD_HOST_CHARACTER.exec(host)
  if (bad) return new Error(`invalid character ${JSON.stringify(bad[0])} in host name`)
  const escape = BAD_ESCAPE.exec(host) ?? /%[0-7][0-9a-fA-F]/.exec(host)
  return escape ? new Error(`invalid URL escape ${JSON.stringify(escape[0])}`) : host
}

function lastPort(text: string): string {
  return text.startsWith(':') ? text.slice(text.lastIndexOf(':')) : text
}

function cut(text: string, separator: string): readonly [string, string] {
  const index = text.indexOf(separator)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}

/** The host without its port, and the brackets around an address of IPv6. */
export function hostName({ host }: Url): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host)
  return bracketed ? bracketed[1]! : host.replace(/:\d*$/, '')
}

export function portOf({ host }: Url): string {
  return /:(\d*)$/.exec(host.replace(/^\[[^\]]*\]/, ''))?.[1] ?? ''
}

const VALID_PATH = /^[A-Za-z0-9\-._~!$&'()*+,;=:@[\]%/]*$/

/** The path with characters escaped that must be. */
export function escapedPath({ path }: Url): string {
  if (VALID_PATH.test(path)) return path
  return encodeURI(unescape(path))
    .replaceAll(/[!'()*#?[\]]/g, escapeByte)
    .replaceAll('%25', '%25')
}

function escapeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return text
  }
}

/** Keys and values of the query; pairs that are malformed are left out. */
export function queryOf({ query }: Url): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';') || BAD_ESCAPE.test(pair)) continue
    const [key, value] = cut(pair, '=').map((part) => unescape(part.replaceAll('+', ' ')))
    const known = values.get(key!)
    if (known) known.push(value!)
    else values.set(key!, [value!])
  }
  return values
}
