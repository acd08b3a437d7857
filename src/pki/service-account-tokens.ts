import type { Clock } from '../base/clock.ts'
import type { Crypto, PrivateKey, PublicKey } from '../base/crypto.ts'
import { uuid } from '../base/random.ts'
import { jwksDocument, keyId, openIdConfiguration } from './jwk.ts'
import { signJwt } from './jwt.ts'
import {
  type BoundObject,
  encodeClaims,
  LEGACY_ISSUER,
  type ServiceAccountClaims,
} from './service-account-claims.ts'
import {
  judgeClaims,
  rememberVerified,
  type TokenVerdict,
  verifySignature,
} from './token-verification.ts'

/** Who issues tokens in a cluster that was not told otherwise. */
export const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local'

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
      return seen.type === 'verified'
        ? judgeClaims(seen.claims, audiences, apiAudiences, clock)
        : seen
    },
    jwks: () => jwksDocument(crypto, publicKeys),
    openIdConfiguration: (jwksUri) => openIdConfiguration(issuer, jwksUri, publicKeys),
  }
}

/** The name of a service account as a user. */
export function serviceAccountUsername(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}

function keysById(options: TokenOptions): ReadonlyMap<string, PublicKey> {
  const { crypto, signingKey, verificationKeys = [] } = options
  const keys = [crypto.publicKeyOf(signingKey), ...verificationKeys]
  return new Map(keys.map((key) => [keyId(crypto, key), key]))
}

/** What a token of this request says. `id`: its own. */
export function boundClaims(
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
