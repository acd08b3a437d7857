import type { Clock } from '../../../base/clock.ts'
import { InvalidKeyError, type Crypto, type PublicKey } from '../../../base/crypto.ts'
import type { Logger } from '../../../base/logger.ts'
import { uuid } from '../../../base/random.ts'
import { within, type Connection } from '../../../grpc/connection.ts'
import { toBase64url } from '../../../pki/base64url.ts'
import { openIdConfiguration, toJwk } from '../../../pki/jwk.ts'
import { parseJwt } from '../../../pki/jwt.ts'
import { publicKeyFromSpki } from '../../../pki/keys.ts'
import { encodeClaims } from '../../../pki/service-account-claims.ts'
import {
  boundClaims,
  DEFAULT_ISSUER,
  type BoundTokenRequest,
} from '../../../pki/service-account-tokens.ts'
import {
  judgeClaims,
  rememberVerified,
  verifySignature,
  type TokenVerdict,
} from '../../../pki/token-verification.ts'
import type { AccountTokens, SignedToken } from '../account-tokens.ts'
import { FETCH_KEYS, METADATA, SIGN } from './protocol.ts'

export interface ExternalTokensOptions {
  readonly connection: Connection
  readonly crypto: Crypto
  readonly clock: Clock
  readonly logger: Logger
  readonly issuers?: readonly string[]
  readonly apiAudiences?: readonly string[]
}

const TIMEOUT_MS = 10_000
const RETRY_MS = 10_000
const SECONDS_MIN = 600
const ID_LENGTH_MAX = 1024

interface Keys {
  readonly all: ReadonlyMap<string, PublicKey>
  /** Those that others should know. */
  readonly published: readonly KnownKey[]
  readonly verify: ReturnType<typeof rememberVerified>
}

/**
 * Tokens of service accounts that another program signs, with keys that this one never sees (KEP-740). Rejects where
 * the program does not answer, or says what makes no sense.
 */
export async function externalTokens(
  options: ExternalTokensOptions,
): Promise<AccountTokens & Disposable> {
  const { connection, crypto, clock, logger, issuers = [DEFAULT_ISSUER] } = options
  const issuer = issuers[0] ?? DEFAULT_ISSUER
  const accepted = new Set<unknown>(issuers)
  const apiAudiences = options.apiAudiences ?? issuers
  const secondsMax = await lifeOf(connection)
  let keys!: Keys
  let timer: Disposable | undefined
  let fetching: Promise<void> | undefined
  let isDisposed = false
  const fetchKeys = async (): Promise<number> => {
    const { keys: found, refreshHintSeconds } = await connection.unary(
      FETCH_KEYS,
      {},
      within(TIMEOUT_MS),
    )
    if (refreshHintSeconds <= 0) {
      throw new Error(
        `found invalid refreshIntervalSec (${refreshHintSeconds}); refreshIntervalSec must be positive`,
      )
    }
    const entries = found.flatMap((each) => keyOf(each, logger))
    const all = new Map(entries.map(({ id, key }) => [id, key]))
    keys = {
      all,
      published: entries.filter(({ isPublished }) => isPublished),
      verify: rememberVerified((token) => verifySignature(crypto, all, accepted, token)),
    }
    return refreshHintSeconds * 1000
  }
  const fetchAgainIn = (ms: number): void => {
    timer?.[Symbol.dispose]()
    if (!isDisposed) timer = clock.after(ms, () => void refresh())
  }
  const refreshOnce = async (): Promise<void> => {
    let nextMs = RETRY_MS
    try {
      nextMs = await fetchKeys()
    } catch (error) {
      logger.error('Cannot fetch the keys of the external signer', { error })
    }
    fetching = undefined
    fetchAgainIn(nextMs)
  }
  const refresh = (): Promise<void> => (fetching ??= refreshOnce())
  fetchAgainIn(await fetchKeys())

  const judge = (token: string, audiences: readonly string[]): TokenVerdict => {
    const seen = keys.verify(token)
    return seen.type === 'verified'
      ? judgeClaims(seen.claims, audiences, apiAudiences, clock)
      : seen
  }
  return {
    async signBound(request) {
      const limited = {
        ...request,
        expirationSeconds: Math.min(request.expirationSeconds, secondsMax),
      }
      return sign(limited, issuer, options)
    },
    async verify(token, audiences = apiAudiences) {
      const verdict = judge(token, audiences)
      if (verdict.type !== 'invalid') return verdict
      // A key that is new is asked for when it is first met.
      const kid = parseJwt(token)?.header['kid']
      if (typeof kid !== 'string' || keys.all.has(kid)) return verdict
      await refresh()
      return judge(token, audiences)
    },
    jwks: () =>
      // By the names that the signer gives them.
      JSON.stringify({
        keys: keys.published.map(({ id, key }) => ({ ...toJwk(crypto, key), kid: id })),
      }),
    openIdConfiguration: (uri) =>
      openIdConfiguration(
        issuer,
        uri,
        keys.published.map(({ key }) => key),
      ),
    [Symbol.dispose]() {
      isDisposed = true
      timer?.[Symbol.dispose]()
      connection[Symbol.dispose]()
    },
  }
}

async function lifeOf(connection: Connection): Promise<number> {
  const { maxTokenExpirationSeconds: seconds } = await connection.unary(
    METADATA,
    {},
    within(TIMEOUT_MS),
  )
  if (seconds >= SECONDS_MIN) return seconds
  throw new Error(
    `max token life supported by external signer (${seconds}s) is less than acceptable (10m0s)`,
  )
}

async function sign(
  request: BoundTokenRequest,
  issuer: string,
  { connection, crypto, clock }: ExternalTokensOptions,
): Promise<SignedToken> {
  const claims = boundClaims(request, issuer, uuid(crypto.random), clock)
  const payload = toBase64url(JSON.stringify(encodeClaims(claims)))
  const { header, signature } = await connection.unary(
    SIGN,
    { claims: payload },
    within(TIMEOUT_MS),
  )
  const token = `${header}.${payload}.${signature}`
  const problem = headerProblem(parseJwt(token)?.header)
  if (problem !== undefined) throw new Error(`while validating header: ${problem}`)
  return { token, claims }
}

const HEADER_FIELDS = ['alg', 'kid', 'typ']
const ALGORITHMS = ['RS256', 'ES256', 'ES384', 'ES512']

/** What is signed for us must be just what others expect of a token. */
function headerProblem(header: Readonly<Record<string, unknown>> | undefined): string | undefined {
  if (!header || Object.keys(header).some((name) => !HEADER_FIELDS.includes(name)))
    return 'the header is not one of alg, kid and typ'
  const { typ, kid, alg } = header
  if (typ !== 'JWT') return `bad type: "JWT" expected, got ${JSON.stringify(typ)}`
  if (typeof kid !== 'string' || kid === '') return 'key id missing'
  if (kid.length > ID_LENGTH_MAX) return `key id longer than ${ID_LENGTH_MAX} is not allowed`
  return ALGORITHMS.includes(String(alg))
    ? undefined
    : `bad signing algorithm ${JSON.stringify(alg)}`
}

interface KnownKey {
  readonly id: string
  readonly key: PublicKey
  readonly isPublished: boolean
}

function keyOf(
  {
    keyId: id,
    key,
    excludeFromOidcDiscovery,
  }: {
    readonly keyId: string
    readonly key: Uint8Array
    readonly excludeFromOidcDiscovery: boolean
  },
  logger: Logger,
): readonly KnownKey[] {
  if (id === '' || id.length > ID_LENGTH_MAX)
    throw new Error('found a key without an ID, or with too long a one')
  try {
    return [{ id, key: publicKeyFromSpki(key), isPublished: !excludeFromOidcDiscovery }]
  } catch (error) {
    if (!(error instanceof InvalidKeyError)) throw error
    logger.warn('A key of the external signer cannot be used', { id, error })
    return []
  }
}
