import type { DistinctHeaders } from '../../serving/exchange.ts'
import { extraHeaders } from './extra-headers.ts'
import type { Authenticator } from './authenticator.ts'

/** How an authenticating proxy tells for whom it asks; names of header fields. */
export interface RequestHeaderOptions {
  /** The names that a proxy's certificate may have; any where there are none. */
  readonly allowedNames: readonly string[]
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  readonly groupHeaders: readonly string[]
  readonly extraHeaderPrefixes: readonly string[]
}

/** The fields that Kubernetes' own aggregator sends. */
export const REQUEST_HEADERS: RequestHeaderOptions = {
  allowedNames: ['front-proxy-client'],
  usernameHeaders: ['X-Remote-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['X-Remote-Group'],
  extraHeaderPrefixes: ['X-Remote-Extra-'],
}

/**
 * Believes an authenticating proxy, which shows a certificate of the front proxies' own authority, for whom it asks:
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy
 */
export function requestHeaderAuthenticator(options: RequestHeaderOptions): Authenticator {
  const [users, uids, groups, prefixes] = [
    options.usernameHeaders,
    options.uidHeaders,
    options.groupHeaders,
    options.extraHeaderPrefixes,
  ].map((names) => names.map((name) => name.toLowerCase()))
  return ({ proxy }) => {
    if (!proxy) return undefined
    const { commonName, headers } = proxy
    const name = firstOf(headers, users!)
    if (name === '') return undefined
    if (options.allowedNames.length > 0 && !options.allowedNames.includes(commonName)) {
      return { failure: `x509: subject with cn=${commonName} is not in the allowed list` }
    }
    const uid = firstOf(headers, uids!)
    const extra = Object.fromEntries(prefixes!.flatMap((prefix) => extraHeaders(headers, prefix)))
    return {
      user: {
        name,
        groups: groups!.flatMap((group) => headers[group] ?? []),
        ...(uid !== '' && { uid }),
        ...(Object.keys(extra).length > 0 && { extra }),
      },
    }
  }
}

function firstOf(headers: DistinctHeaders, names: readonly string[]): string {
  return names.map((name) => headers[name]?.[0] ?? '').find((each) => each !== '') ?? ''
}
