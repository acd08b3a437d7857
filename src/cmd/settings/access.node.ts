import type { AccountTokens } from '../../apiserver/authentication/account-tokens.ts'
import { externalTokens } from '../../apiserver/authentication/external-signer/external-tokens.ts'
import {
  loadAuthentication,
  type AuthenticationFlags,
  type LoadedAuthentication,
} from '../../apiserver/authentication/load-authentication.node.ts'
import {
  entriesOfModes,
  type WebhookFlags,
} from '../../apiserver/authorization/configuration/modes.ts'
import {
  chainOf,
  loadAuthorization,
  type LoadedAuthorization,
} from '../../apiserver/authorization/load-authorization.node.ts'
import {
  reloads,
  type FollowedConfiguration,
  type Reloads,
} from '../../apiserver/metrics/reload-metrics.ts'
import type { TokenLife } from '../../apiserver/resources/token-requests.ts'
import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { pinoLogger } from '../../base/logger.node.ts'
import { systemRandom } from '../../base/random.node.ts'
import { grpcConnection } from '../../grpc/grpc-connection.node.ts'
import { DEFAULT_ISSUER } from '../../pki/service-account-tokens.ts'
import type { AccessFlags } from '../flags/access-flags.ts'
import { bool, flagName, milliseconds, valueOf, wrong } from '../flags/values.ts'
import { UserError } from '../user-error.ts'

/** Who is known, and who decides, beside and instead of what a cluster has by itself. */
export interface Access extends Disposable {
  readonly authenticators: LoadedAuthentication['authenticators']
  readonly allowsAnonymous: LoadedAuthentication['allowsAnonymous']
  readonly authorization?: LoadedAuthorization['chain']
  /** Signs and verifies tokens of service accounts, where not the cluster itself does. */
  readonly tokens?: AccountTokens
  readonly tokenLife: TokenLife
  readonly reloads: Readonly<Record<FollowedConfiguration, Reloads>>
}

/** What the flags say of who may do what. Files are followed until it is disposed. Throws `UserError`. */
export async function accessOf(flags: AccessFlags): Promise<Access> {
  using stack = new DisposableStack()
  const platform = {
    clock: systemClock,
    crypto: nodeCrypto(systemRandom),
    random: systemRandom,
    logger: pinoLogger(),
    issuers: [DEFAULT_ISSUER],
    apiAudiences: [DEFAULT_ISSUER],
  }
  const followed = { authentication: reloads(systemClock), authorization: reloads(systemClock) }
  const authentication = await explained('authentication', () =>
    loadAuthentication(authenticationFlags(flags), {
      ...platform,
      onReload: followed.authentication.note,
    }),
  )
  stack.use(authentication)
  const authorization = await explained('authorization', () =>
    chainFor(flags, { ...platform, onReload: followed.authorization.note }),
  )
  if (authorization) stack.use(authorization)
  const { serviceAccountSigningEndpoint: socket } = flags
  const tokens =
    socket === undefined
      ? undefined
      : await explained('--service-account-signing-endpoint', () =>
          externalTokens({ ...platform, connection: grpcConnection(`unix://${socket}`) }),
        )
  if (tokens) stack.use(tokens)
  const owned = stack.move()
  return {
    ...authentication,
    ...(authorization && { authorization: authorization.chain }),
    ...(tokens && { tokens }),
    tokenLife: tokenLife(flags),
    reloads: followed,
    [Symbol.dispose]: () => owned.dispose(),
  }
}

const HOUR_MS = 3_600_000
const TOKEN_SECONDS_MAX = 2 ** 32

function tokenLife(flags: AccessFlags): TokenLife {
  const extend = valueOf(flags, 'serviceAccountExtendTokenExpiration', bool)
  const maxMs = valueOf(flags, 'serviceAccountMaxTokenExpiration', milliseconds)
  if (maxMs !== undefined && (maxMs < HOUR_MS || maxMs > TOKEN_SECONDS_MAX * 1000))
    throw wrong('--service-account-max-token-expiration must be between 1 hour and 2^32 seconds.')
  return {
    ...(extend !== undefined && { extends: extend }),
    ...(maxMs !== undefined && { secondsMax: Math.floor(maxMs / 1000) }),
  }
}

async function chainFor(
  flags: AccessFlags,
  platform: Parameters<typeof chainOf>[1],
): Promise<LoadedAuthorization | undefined> {
  const { authorizationConfig: file, authorizationMode: modes } = flags
  const webhook = webhookFlags(flags)
  if (file !== undefined) {
    if (modes !== undefined || webhook) {
      throw new Error(
        '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined',
      )
    }
    return loadAuthorization(file, platform)
  }
  if (modes === undefined && !webhook) return undefined
  return chainOf(entriesOfModes((modes ?? 'Node,RBAC').split(','), webhook), platform)
}

function webhookFlags(flags: AccessFlags): WebhookFlags | undefined {
  const { authorizationWebhookConfigFile: kubeconfig, authorizationWebhookVersion: version } = flags
  if (kubeconfig === undefined) return undefined
  return {
    kubeconfig,
    version: version === 'v1' ? 'v1' : 'v1beta1',
    allowedMs: valueOf(flags, 'authorizationWebhookCacheAuthorizedTtl', milliseconds) ?? 300_000,
    refusedMs: valueOf(flags, 'authorizationWebhookCacheUnauthorizedTtl', milliseconds) ?? 30_000,
  }
}

function authenticationFlags(flags: AccessFlags): AuthenticationFlags {
  const { authenticationConfig, tokenAuthFile } = flags
  const anonymousAuth = valueOf(flags, 'anonymousAuth', bool)
  const { authenticationTokenWebhookConfigFile: hook } = flags
  const oidc = oidcFlags(flags)
  return {
    ...(authenticationConfig !== undefined && { authenticationConfig }),
    ...(tokenAuthFile !== undefined && { tokenAuthFile }),
    ...(anonymousAuth !== undefined && { anonymousAuth }),
    ...(oidc && { oidc }),
    ...(hook !== undefined && {
      tokenWebhook: {
        configFile: hook,
        version: flags.authenticationTokenWebhookVersion === 'v1' ? 'v1' : 'v1beta1',
        cacheMs: valueOf(flags, 'authenticationTokenWebhookCacheTtl', milliseconds) ?? 120_000,
      },
    }),
  }
}

function oidcFlags(flags: AccessFlags): AuthenticationFlags['oidc'] {
  const { oidcIssuerUrl: issuerUrl, oidcSigningAlgs, oidcCaFile: caFile } = flags
  if (issuerUrl === undefined) {
    const other = Object.keys(flags).find((name) => name.startsWith('oidc'))
    if (other === undefined) return undefined
    throw wrong(`--${flagName(other)} needs --oidc-issuer-url: name the issuer.`)
  }
  const optional = {
    clientId: flags.oidcClientId,
    usernameClaim: flags.oidcUsernameClaim,
    usernamePrefix: flags.oidcUsernamePrefix,
    groupsClaim: flags.oidcGroupsClaim,
    groupsPrefix: flags.oidcGroupsPrefix,
    requiredClaim: flags.oidcRequiredClaim,
    caFile,
  }
  const given = Object.entries(optional).filter(([, value]) => value !== undefined)
  return {
    issuerUrl,
    ...(Object.fromEntries(given) as { [K in keyof typeof optional]?: string }),
    ...(oidcSigningAlgs !== undefined && { signingAlgs: oidcSigningAlgs.split(',') }),
  }
}

async function explained<T>(what: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`Cannot set up ${what}: ${why}`, { exitCode: 2, cause })
  }
}
