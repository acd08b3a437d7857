import type { Clock } from '../base/clock.ts'
import type { Crypto, PrivateKey, PublicKey } from '../base/crypto.ts'
import { uuid } from '../base/random.ts'
import { jwksDocument, keyId, openIdConfiguration } from './jwk.ts'
import { isSignedBy, parseJwt, signJwt, type UnverifiedJwt } from './jwt.ts'
import {
  type BoundObject,
  decodeClaims,
  encodeClaims,
  LEGACY_ISSUER,
  type ServiceAccountClaims,
} from './service-account-claims.ts'

/** Who issues tokens in a cluster that was not told otherwise. */
export const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local'

const LEEWAY_SECONDS = 60 // Clocks may differ by this much.
const REMEMBERED_MAX = 1000 // Tokens whose signature need not be checked again; some 2 KB each.

export interface TokenOptions {
  readonly crypto: Crypto
  readonly clock: Clock
  /** Who signs; the first of `issuers`, all of which are accepted. Default `DEFAULT_ISSUER`. */
  readonly issuers?: readonly string[]
  readonly signingKey: PrivateKey
  /** Keys that once signed and still verify; the signing key always does. */
  readonly verificationKeys?: readonly PublicKey[]
  /** Whom tokens are for that name nobody: the API server. Default: the issuers. */
  readonly apiAudiences?: readonly string[]
}

export interface BoundTokenRequest {
  readonly namespace: string
  readonly serviceAccount: BoundObject
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
  readonly pod?: BoundObject
  readonly node?: BoundObject
  readonly secret?: BoundObject
  /** For a token with extended life: after how many seconds it should have been replaced. */
  readonly warnAfterSeconds?: number
}

export interface LegacyTokenRequest {
  readonly namespace: string
  readonly serviceAccount: BoundObject
  readonly secretName: string
}

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

/** Signs and verifies the tokens of service accounts. */
export interface ServiceAccountTokens {
  signBound(request: BoundTokenRequest): {
    readonly token: string
    readonly claims: ServiceAccountClaims
  }
  signLegacy(request: LegacyTokenRequest): string
  /** Judges a token for any of these audiences; by default the API server's own. */
  verify(token: string, audiences?: readonly string[]): TokenVerdict
  /** The document at /openid/v1/jwks. */
  jwks(): string
  /** The document at /.well-known/openid-configuration. */
  openIdConfiguration(jwksUri: string): string
}

export function serviceAccountTokens(options: TokenOptions): ServiceAccountTokens {
  const { crypto, clock, signingKey, issuers = [DEFAULT_ISSUER] } = options
  const issuer = issuers[0] ?? DEFAULT_ISSUER
  const signingKeyId = keyId(crypto, crypto.publicKeyOf(signingKey))
  const keys = keysById(options)
  const publicKeys = [...keys.values()]
  const apiAudiences = options.apiAudiences ?? issuers
  const accepted = new Set([...issuers, LEGACY_ISSUER])
  const verified = rememberVerified((token) => verifySignature(crypto, keys, accepted, token))
  const sign = (claims: ServiceAccountClaims): string =>
    signJwt(crypto, signingKey, signingKeyId, encodeClaims(claims))

  return {
    signBound(request) {
      const claims = boundClaims(request, issuer, uuid(crypto.random), clock)
      return { claims, token: sign(claims) }
    },
    signLegacy: (request) => sign(legacyClaims(request)),
    verify(token, audiences = apiAudiences) {
      const seen = verified(token)
      return seen.type === 'verified' ? judge(seen.claims, audiences, apiAudiences, clock) : seen
    },
    jwks: () => jwksDocument(crypto, publicKeys),
    openIdConfiguration: (jwksUri) => openIdConfiguration(issuer, jwksUri, publicKeys),
  }
}

/** The name of a service account as a user. */
export function serviceAccountUsername(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}

type Signed =
  | { readonly type: 'verified'; readonly claims: ServiceAccountClaims }
  | Exclude<TokenVerdict, { type: 'verified' }>

function keysById(options: TokenOptions): ReadonlyMap<string, PublicKey> {
  const { crypto, signingKey, verificationKeys = [] } = options
  const keys = [crypto.publicKeyOf(signingKey), ...verificationKeys]
  return new Map(keys.map((key) => [keyId(crypto, key), key]))
}

// What a signature covers never changes, and checking it costs more than the rest of a request.
function rememberVerified(verify: (token: string) => Signed): (token: string) => Signed {
  const known = new Map<string, Signed>()
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

function verifySignature(
  crypto: Crypto,
  keys: ReadonlyMap<string, PublicKey>,
  issuers: ReadonlySet<unknown>,
  token: string,
): Signed {
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

function judge(
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

function boundClaims(
  request: BoundTokenRequest,
  issuer: string,
  id: string,
  clock: Clock,
): ServiceAccountClaims {
  const { expirationSeconds, warnAfterSeconds, ...bound } = request
  const nowSeconds = Math.floor(clock.now() / 1000)
  return {
    ...bound,
    issuer,
    subject: serviceAccountUsername(request.namespace, request.serviceAccount.name),
    issuedAt: nowSeconds,
    notBefore: nowSeconds,
    expiry: nowSeconds + expirationSeconds,
    id,
    legacy: false,
    ...(warnAfterSeconds === undefined ? {} : { warnAfter: nowSeconds + warnAfterSeconds }),
  }
}

function legacyClaims({
  namespace,
  serviceAccount,
  secretName,
}: LegacyTokenRequest): ServiceAccountClaims {
  return {
    issuer: LEGACY_ISSUER,
    subject: serviceAccountUsername(namespace, serviceAccount.name),
    audiences: [],
    namespace,
    legacy: true,
    serviceAccount,
    secret: { name: secretName, uid: '' },
  }
}

function invalid(reason: string): { readonly type: 'invalid'; readonly reason: string } {
  return { type: 'invalid', reason }
}

// As Go prints a list of strings with %q.
function list(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`
}
