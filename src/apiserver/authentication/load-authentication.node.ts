import { readFile } from 'node:fs/promises'
import type { Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import { followedFile } from '../../base/followed-file.node.ts'
import type { ReloadStatus } from '../metrics/reload-metrics.ts'
import { kubeconfigWebhook } from '../webhook-client/review-webhook.node.ts'
import { anonymousGate, type AnonymousAccess } from './anonymous.ts'
import type { Authenticator } from './authenticator.ts'
import { jwtFromFlags, type OidcFlags } from './configuration/oidc-flags.ts'
import {
  compileFromFlags,
  parseAuthentication,
  type CompiledAuthentication,
} from './configuration/parse-authentication.ts'
import type { CompiledAuthenticator } from './oidc/compile-authenticator.ts'
import { httpsGet } from './oidc/https-get.node.ts'
import { JWS_ALGORITHMS } from './oidc/jws.ts'
import { jwsVerifier } from './oidc/jws.node.ts'
import { oidcAuthenticator } from './oidc/oidc-authenticator.ts'
import { forApiServer } from './token/for-api-server.ts'
import { rememberAnswers } from './token/remember-answers.ts'
import { parseStaticTokens, staticTokens } from './token/static-tokens.ts'
import { union } from './union.ts'
import { tokenWebhook } from './webhook/token-webhook.ts'

/** What the flags of the API server say of authentication; files by their paths. */
export interface AuthenticationFlags {
  readonly authenticationConfig?: string
  readonly tokenAuthFile?: string
  readonly oidc?: Omit<OidcFlags, 'ca'> & {
    readonly caFile?: string
    readonly signingAlgs?: readonly string[]
  }
  readonly tokenWebhook?: {
    readonly configFile: string
    readonly version: 'v1' | 'v1beta1'
    readonly cacheMs: number
  }
  readonly anonymousAuth?: boolean
}

export interface AuthenticationPlatform {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly random: Random
  readonly logger: Logger
  /** The cluster's own issuers and audiences. */
  readonly issuers: readonly string[]
  readonly apiAudiences: readonly string[]
  /** Told whether another text of the configuration file could be used. */
  readonly onReload?: (status: ReloadStatus) => void
}

/** Authenticators beside the cluster's own; files are followed until it is disposed. */
export interface LoadedAuthentication extends Disposable {
  readonly authenticators: readonly Authenticator[]
  readonly allowsAnonymous: (path: string) => boolean
}

const TOKEN_MS = 10_000 // Upstream's: how long a verified token is not looked at again.

/** Makes the authenticators that flags ask for. Throws an Error that names all that is wrong with a file. */
export async function loadAuthentication(
  flags: AuthenticationFlags,
  platform: AuthenticationPlatform,
): Promise<LoadedAuthentication> {
  using stack = new DisposableStack()
  const { authenticationConfig: file, oidc, tokenAuthFile, tokenWebhook: hook } = flags
  const dynamic = file === undefined ? undefined : stack.use(await followed(file, platform))
  if (dynamic && oidc) {
    throw new Error('authentication-config file and oidc-* flags are mutually exclusive')
  }
  if (dynamic?.saysAnonymous() && flags.anonymousAuth !== undefined) {
    throw new Error(
      '--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
    )
  }
  const ofOurs = [
    ...(tokenAuthFile === undefined ? [] : [await fromTokenFile(tokenAuthFile, platform)]),
    ...(dynamic ? [dynamic.authenticate] : []),
    ...(oidc ? [await fromOidcFlags(oidc, platform)] : []),
  ]
  const authenticators = [
    ...ofOurs.map((each) => forApiServer(each, platform.apiAudiences)),
    ...(hook ? [await fromWebhook(hook, platform, stack)] : []),
  ]
  const given = flags.anonymousAuth === undefined ? undefined : { enabled: flags.anonymousAuth }
  const gate = anonymousGate(given)
  const owned = stack.move()
  return {
    authenticators,
    allowsAnonymous: (path) => (dynamic?.saysAnonymous() ? dynamic.allows(path) : gate(path)),
    [Symbol.dispose]: () => owned.dispose(),
  }
}

async function fromTokenFile(
  file: string,
  { crypto }: AuthenticationPlatform,
): Promise<Authenticator> {
  return staticTokens(parseStaticTokens(await readFile(file, 'utf8')), crypto)
}

async function fromOidcFlags(
  { caFile, signingAlgs = ['RS256'], ...oidc }: NonNullable<AuthenticationFlags['oidc']>,
  platform: AuthenticationPlatform,
): Promise<Authenticator> {
  const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8')
  const unknown = signingAlgs.find((each) => !JWS_ALGORITHMS.some((known) => known === each))
  if (unknown !== undefined)
    throw new Error(`oidc: unsupported signing alg: ${JSON.stringify(unknown)}`)
  const jwt = jwtFromFlags({ ...oidc, ...(ca !== undefined && { ca }) })
  return remembered(
    issuer(compileFromFlags(jwt, platform.issuers), platform, signingAlgs),
    platform,
  )
}

function remembered(authenticate: Authenticator, platform: AuthenticationPlatform): Authenticator {
  return rememberAnswers(authenticate, { ...platform, successMs: TOKEN_MS, failureMs: 0 })
}

function issuer(
  compiled: CompiledAuthenticator,
  platform: AuthenticationPlatform,
  algorithms?: readonly string[],
): Authenticator {
  const verify = jwsVerifier()
  const options = { ...platform, get: httpsGet, verify, ...(algorithms && { algorithms }) }
  return oidcAuthenticator(compiled, options)
}

async function fromWebhook(
  { configFile, version, cacheMs }: NonNullable<AuthenticationFlags['tokenWebhook']>,
  platform: AuthenticationPlatform,
  stack: DisposableStack,
): Promise<Authenticator> {
  const webhook = stack.use(await kubeconfigWebhook(configFile, platform))
  const ask = tokenWebhook({ ...platform, webhook, version })
  return rememberAnswers(ask, { ...platform, successMs: cacheMs, failureMs: cacheMs })
}

interface Followed extends Disposable {
  readonly authenticate: Authenticator
  /** Whether the file says who may be nobody. */
  saysAnonymous(): boolean
  allows(path: string): boolean
}

/** What a configuration file says, and says anew whenever it is replaced by one that can be used. */
async function followed(file: string, platform: AuthenticationPlatform): Promise<Followed> {
  const { logger, issuers, onReload } = platform
  const make = (text: string): InForce => inForce(parseAuthentication(text, issuers), platform)
  const messages = {
    used: 'The authentication configuration has been reloaded',
    refused: 'Cannot use the authentication configuration; the last one stays in force',
  }
  const text = await readFile(file, 'utf8')
  const said = followedFile(file, { text, first: make(text) }, { make, logger, messages, onReload })
  return {
    authenticate: (credentials) => said.current.authenticate(credentials),
    saysAnonymous: () => said.current.anonymous !== undefined,
    allows: (path) => said.current.allows(path),
    [Symbol.dispose]: () => said[Symbol.dispose](),
  }
}

interface InForce {
  readonly authenticate: Authenticator
  readonly anonymous: AnonymousAccess | undefined
  readonly allows: (path: string) => boolean
}

function inForce(
  { jwt, anonymous }: CompiledAuthentication,
  platform: AuthenticationPlatform,
): InForce {
  return {
    authenticate: remembered(union(jwt.map((each) => issuer(each, platform))), platform),
    anonymous,
    allows: anonymousGate(anonymous),
  }
}
