import type { Clock } from '../../../base/clock.ts'
import { formatList } from '../../../apimachinery/go-format.ts'
import { parseJwt, type UnverifiedJwt } from '../../../pki/jwt.ts'
import type { Authentication, Authenticator } from '../authenticator.ts'
import { ClaimError } from './claim-expressions.ts'
import type { CompiledAuthenticator } from './compile-authenticator.ts'
import { issuerKeys, type GetDocument, type IssuerKeys } from './issuer-keys.ts'
import { JWS_ALGORITHMS, type JsonWebKey, type JwsAlgorithm, type VerifyJws } from './jws.ts'

export interface OidcOptions {
  readonly clock: Clock
  readonly get: GetDocument
  readonly verify: VerifyJws
  /** The signatures that are accepted; all that are not symmetric where absent. */
  readonly algorithms?: readonly string[]
}

const NOT_BEFORE_LEEWAY_SECONDS = 300

/**
 * Accepts the ID tokens of an OpenID Connect issuer:
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens
 */
export function oidcAuthenticator(
  compiled: CompiledAuthenticator,
  options: OidcOptions,
): Authenticator {
  const { issuer } = compiled
  const keys = issuerKeys(issuer, options)
  return async ({ bearerToken }) => {
    const jwt = bearerToken === undefined ? undefined : parseJwt(bearerToken)
    if (!jwt || jwt.payload['iss'] !== issuer.url) return undefined
    return judge(jwt, compiled, keys, options)
  }
}

async function judge(
  jwt: UnverifiedJwt,
  { issuer, userOf }: CompiledAuthenticator,
  keys: IssuerKeys,
  options: OidcOptions,
): Promise<Authentication> {
  const problem =
    (await signatureProblem(jwt, keys, options)) ??
    timeProblem(jwt, options.clock) ??
    audienceProblem(jwt, issuer.audiences ?? [])
  if (problem !== undefined) return { failure: `oidc: verify token: ${problem}` }
  try {
    return { user: userOf(jwt.payload) }
  } catch (error) {
    if (error instanceof ClaimError) return { failure: error.message }
    throw error
  }
}

async function signatureProblem(
  jwt: UnverifiedJwt,
  keys: IssuerKeys,
  { verify, algorithms = JWS_ALGORITHMS }: OidcOptions,
): Promise<string | undefined> {
  const algorithm = JWS_ALGORITHMS.find((each) => each === jwt.header['alg'])
  if (!algorithm || !algorithms.includes(algorithm)) {
    return `oidc: id token signed with unsupported algorithm, expected ${JSON.stringify(algorithms)} got ${JSON.stringify(jwt.header['alg'])}`
  }
  const isSigned = (candidates: readonly JsonWebKey[]): boolean =>
    candidates.some(
      (key) => mayBe(key, jwt, algorithm) && verify(key, algorithm, jwt.signedPart, jwt.signature),
    )
  try {
    if (isSigned(await keys.current()) || isSigned(await keys.fresh())) return undefined
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return `failed to verify signature: fetching keys ${why}`
  }
  return 'failed to verify signature: failed to verify id token signature'
}

function mayBe(key: JsonWebKey, { header }: UnverifiedJwt, algorithm: JwsAlgorithm): boolean {
  const { kid } = header
  const isNamed = kid === undefined || kid === '' || key.kid === undefined || key.kid === kid
  return isNamed && (key.alg === undefined || key.alg === algorithm)
}

function timeProblem({ payload }: UnverifiedJwt, clock: Clock): string | undefined {
  const nowSeconds = clock.now() / 1000
  const { exp, nbf } = payload
  if (typeof exp !== 'number' || nowSeconds > exp) {
    const when = typeof exp === 'number' ? new Date(exp * 1000).toISOString() : 'never set'
    return `oidc: token is expired (Token Expiry: ${when})`
  }
  if (typeof nbf === 'number' && nowSeconds + NOT_BEFORE_LEEWAY_SECONDS < nbf) {
    return `oidc: current time ${new Date(clock.now()).toISOString()} before the nbf (not before) time: ${new Date(nbf * 1000).toISOString()}`
  }
  return undefined
}

function audienceProblem(
  { payload }: UnverifiedJwt,
  wanted: readonly string[],
): string | undefined {
  const { aud } = payload
  const own = (Array.isArray(aud) ? aud : [aud]).filter((each) => typeof each === 'string')
  if (own.some((each) => wanted.includes(each))) return undefined
  const [expected, got] = [wanted.toSorted(), own].map((list) =>
    formatList(list.map((each) => JSON.stringify(each))),
  )
  return `oidc: expected audience in ${expected} got ${got}`
}
