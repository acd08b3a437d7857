import type { Clock } from '../base/clock.ts'
import type { Crypto, PublicKey } from '../base/crypto.ts'
import { isSignedBy, parseJwt, type UnverifiedJwt } from './jwt.ts'
import { decodeClaims, type ServiceAccountClaims } from './service-account-claims.ts'

const LEEWAY_SECONDS = 60 // Clocks may differ by this much.
const REMEMBERED_MAX = 1000 // Tokens whose signature need not be checked again; some 2 KB each.

export type TokenVerdict =
  /** Not a token of ours: another authenticator may know it. */
  | { readonly type: 'foreign' }
  /** Ours by its looks, but not to be accepted. */
  | { readonly type: 'invalid'; readonly reason: string }
  /** Signed, current, and for these audiences. Whether what it is bound to still exists is the caller's to check. */
  | {
      readonly type: 'verified'
      readonly claims: ServiceAccountClaims
      readonly audiences: readonly string[]
    }

/** What can be said of a token whatever the time and the audience. */
export type SignatureVerdict =
  | { readonly type: 'verified'; readonly claims: ServiceAccountClaims }
  | Exclude<TokenVerdict, { type: 'verified' }>

/**
 * Remembers what `verify` accepted: what a signature covers never changes, and checking it costs more than the rest of
 * a request.
 */
export function rememberVerified(
  verify: (token: string) => SignatureVerdict,
): (token: string) => SignatureVerdict {
  const known = new Map<string, SignatureVerdict>()
  return (token) => {
    const remembered = known.get(token)
    if (remembered) return remembered
    const result = verify(token)
    if (result.type !== 'verified') return result
    if (known.size >= REMEMBERED_MAX) known.delete(known.keys().next().value!)
    known.set(token, result)
    return result
  }
}

/** Whether one of the keys, by their ids, signed a token of one of these issuers. */
export function verifySignature(
  crypto: Crypto,
  keys: ReadonlyMap<string, PublicKey>,
  issuers: ReadonlySet<unknown>,
  token: string,
): SignatureVerdict {
  const jwt = parseJwt(token)
  if (!jwt || !issuers.has(jwt.payload['iss'])) return { type: 'foreign' }
  const candidates = candidateKeys(keys, jwt)
  if (candidates.length === 0) return invalid('invalid signature, no keys found')
  if (!candidates.some((key) => isSignedBy(crypto, jwt, key))) return invalid('invalid signature')
  const claims = decodeClaims(jwt.payload)
  if (claims) return { type: 'verified', claims }
  return invalid(
    'service account token claims could not be validated due to unexpected private claim',
  )
}

function candidateKeys(
  keys: ReadonlyMap<string, PublicKey>,
  { header }: UnverifiedJwt,
): readonly PublicKey[] {
  const kid = header['kid']
  if (typeof kid !== 'string' || kid === '') return [...keys.values()]
  const key = keys.get(kid)
  return key ? [key] : []
}

/** Whether a token with these claims is good now, and for any of the wanted audiences. */
export function judgeClaims(
  claims: ServiceAccountClaims,
  wanted: readonly string[],
  apiAudiences: readonly string[],
  clock: Clock,
): TokenVerdict {
  const own = claims.audiences.length > 0 ? claims.audiences : apiAudiences
  const audiences = own.filter((audience) => wanted.includes(audience))
  if (audiences.length === 0) {
    return invalid(
      `token audiences ${list(own)} is invalid for the target audiences ${list(wanted)}`,
    )
  }
  const problem = timeProblem(claims, clock.now() / 1000)
  return problem ? invalid(problem) : { type: 'verified', claims, audiences }
}

function timeProblem(claims: ServiceAccountClaims, nowSeconds: number): string | undefined {
  const { notBefore = 0, expiry = Infinity, issuedAt = 0 } = claims
  if (nowSeconds + LEEWAY_SECONDS < notBefore) return 'service account token is not valid yet'
  if (nowSeconds - LEEWAY_SECONDS > expiry) return 'service account token has expired'
  if (nowSeconds + LEEWAY_SECONDS < issuedAt) {
    return 'service account token claims could not be validated due to unexpected validation error'
  }
  return undefined
}

function invalid(reason: string): { readonly type: 'invalid'; readonly reason: string } {
  return { type: 'invalid', reason }
}

// As Go prints a list of strings with %q.
function list(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`
}
