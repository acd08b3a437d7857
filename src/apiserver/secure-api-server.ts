import { DEFAULT_ISSUER } from '../pki/service-account-tokens.ts'
import { admissionPlugins, type PluginChoice } from './admission/plugins/admission-plugins.ts'
import { requestSignatureCheck } from './admission/plugins/request-signature.ts'
import { createApiServer, type ApiServer, type ApiServerOptions } from './api-server.ts'
import type { AccountTokens } from './authentication/account-tokens.ts'
import type { Authenticator } from './authentication/authenticator.ts'
import { clientCertificates } from './authentication/client-certificate.ts'
import { ensureTracking } from './authentication/legacy-tokens.ts'
import {
  requestHeaderAuthenticator,
  type RequestHeaderOptions,
} from './authentication/request-header.ts'
import { serviceAccountTokenAuthenticator } from './authentication/service-account-tokens.ts'
import { bootstrapTokenAuthenticator } from './authentication/token/bootstrap-tokens.ts'
import { forApiServer } from './authentication/token/for-api-server.ts'
import { union } from './authentication/union.ts'
import {
  NODE_AND_RBAC,
  type AuthorizerChain,
  type CountDecisions,
} from './authorization/authorizer-chain.ts'
import type { Authorizer } from './authorization/authorizer.ts'
import { nodeAuthorizer } from './authorization/node/node-authorizer.ts'
import { NodeGraph } from './authorization/node/node-graph.ts'
import { escalationCheck } from './authorization/rbac/escalation.ts'
import { rbacAuthorizer } from './authorization/rbac/rbac-authorizer.ts'
import { RbacIndex } from './authorization/rbac/rbac-index.ts'
import { rulesReview } from './authorization/rbac/rules-review.ts'
import { superusers } from './authorization/superusers.ts'
import { ensureDefaultPolicy } from './bootstrap-policy/ensure-policy.ts'
import { ensureFlowObjects } from './flowcontrol/ensure-objects.ts'
import { FlowControl } from './flowcontrol/flow-control.ts'
import { noFlowObserver } from './flowcontrol/flow-observer.ts'
import { followFlowObjects } from './flowcontrol/follow-objects.ts'
import { IN_FLIGHT_LIMITS } from './http/in-flight.ts'
import { REQUEST_TIMEOUT_MS } from './http/request-timeout.ts'
import { StartHooks } from './http/start-hooks.ts'
import type { FollowedConfiguration, Reloads } from './metrics/reload-metrics.ts'
import type { TokenLife } from './resources/token-requests.ts'
import {
  serverIdentity,
  startIdentityLease,
  type IdentityOptions,
} from './identity/identity-lease.ts'
import { liveObjects } from './live/live-objects.ts'

export interface SecureApiServerOptions extends Omit<
  ApiServerOptions,
  'authorizers' | 'tokenIssuer' | 'rulesOf'
> {
  /** Signs and verifies the tokens of service accounts. */
  readonly tokens: AccountTokens
  /** Whom tokens are for that name nobody. */
  readonly apiAudiences?: readonly string[]
  readonly tokenLife?: TokenLife
  /** Who decides on requests, in order, behind the superusers. Default: the authorizers Node and RBAC. */
  readonly authorization?: AuthorizerChain
  /** Whom proxies that authenticate users are believed to be; without it none is believed. */
  readonly requestHeader?: RequestHeaderOptions
  /** Which of Kubernetes' own admission plugins are asked. */
  readonly plugins?: PluginChoice
  /** Whether API Priority and Fairness shares the server between clients: `--enable-priority-and-fairness`. */
  readonly priorityAndFairness?: boolean
  /** The machine's name: with it, and `crypto`, the server keeps a Lease that says that it runs. */
  readonly hostname?: string
  /** What became of configurations that are followed, for metrics. */
  readonly reloads?: Partial<Readonly<Record<FollowedConfiguration, Reloads>>>
}

const uncounted: CountDecisions = (authorizer) => authorizer

const IDENTITY_HOOKS = [
  'start-kube-apiserver-identity-lease-controller',
  'start-kube-apiserver-identity-lease-garbage-collector',
]

function identityOptions(
  options: SecureApiServerOptions,
): Omit<IdentityOptions, 'client'> | undefined {
  const { hostname, crypto } = options
  return hostname === undefined || !crypto ? undefined : { ...options, hostname, crypto }
}

// As metrics tell servers apart.
function identityHash(identity: Omit<IdentityOptions, 'client'>): string {
  return `sha256:${identity.crypto.hashHex('sha256', serverIdentity(identity))}`
}

const FLOW_HOOKS = [
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-config-producer',
  'priority-and-fairness-filter',
]

/**
 * The API server with all that Kubernetes has on by default: certificates and service account tokens, the authorizers
 * Node and RBAC with the default roles, and the admission plugins. Authenticators and admission plugins that are given
 * come after the default ones.
 */
export function createSecureApiServer(options: SecureApiServerOptions): ApiServer {
  const { tokens, clock, logger, apiAudiences = [DEFAULT_ISSUER], authenticators = [] } = options
  const { inFlightLimits = IN_FLIGHT_LIMITS, priorityAndFairness = true } = options
  const hooks = options.startHooks ?? new StartHooks()
  const flowControl = priorityAndFairness
    ? new FlowControl({
        clock,
        concurrency: inFlightLimits.reads + inFlightLimits.writes,
        waitMsMax: (options.requestTimeoutLimitMs ?? REQUEST_TIMEOUT_MS) / 4,
        observer: options.metrics?.flow ?? noFlowObserver,
      })
    : undefined
  const live = liveObjects(options)
  const index = new RbacIndex(live)
  const { authorization: chain = NODE_AND_RBAC } = options
  const count = options.metrics?.decisions ?? uncounted
  const authorizers: readonly Authorizer[] = [
    superusers,
    ...chain({
      Node: count(nodeAuthorizer(new NodeGraph(live), options.features), 'Node'),
      RBAC: count(rbacAuthorizer(index), 'RBAC'),
      count,
    }),
  ]
  const { requestHeader, crypto } = options
  const known: readonly Authenticator[] = [
    ...(requestHeader ? [requestHeaderAuthenticator(requestHeader)] : []),
    clientCertificates((notAfterMs) =>
      options.metrics?.access.certificate((notAfterMs - clock.now()) / 1000),
    ),
    serviceAccountTokenAuthenticator({
      tokens,
      live,
      clock,
      logger,
      metrics: options.metrics?.tokens,
    }),
    ...(crypto
      ? [forApiServer(bootstrapTokenAuthenticator({ live, clock, crypto }), apiAudiences)]
      : []),
  ]
  const server: ApiServer = createApiServer({
    ...options,
    startHooks: hooks,
    ...(flowControl && { flowControl }),
    authenticators: [union([...known, ...authenticators])],
    authorizers,
    admissionPlugins: admissionPlugins(
      {
        ...options,
        live,
        apiAudiences,
        authorizers,
        metrics: options.metrics?.set,
        registry: () => server.registry,
      },
      options.plugins,
      [
        ...(options.admissionPlugins ?? []),
        escalationCheck({ index, authorizers }),
        ...(options.crypto ? [requestSignatureCheck(options.crypto)] : []),
      ],
    ),
    tokenIssuer: { ...options.tokenLife, tokens, apiAudiences },
    rulesOf: rulesReview(index),
  })
  const transport = server.transportFor(
    { name: 'system:apiserver', groups: ['system:masters'] },
    { userAgent: 'kube-apiserver' },
  )
  const connected = { registry: server.registry, transport }
  live.connect(connected)
  const policyThere = hooks.expect('rbac/bootstrap-roles')
  const flowsThere = hooks.expect(...(flowControl ? FLOW_HOOKS : []))
  const identity = identityOptions(options)
  if (identity && options.reloads) options.metrics?.reloads(options.reloads, identityHash(identity))
  const leased = hooks.expect(...(identity ? IDENTITY_HOOKS : []))
  const tracked = hooks.expect('start-legacy-token-tracking-controller')
  let lease: Disposable | undefined
  const followed = hooks.expect('generic-apiserver-start-informers')
  const follower = flowControl && followFlowObjects(flowControl, { live, clock, logger })
  return {
    ...server,
    async start() {
      await server.start()
      await ensureDefaultPolicy({ ...options, ...connected })
      policyThere()
      if (flowControl) await ensureFlowObjects(live)
      flowsThere()
      await live.start()
      await ensureTracking(live.client, clock)
      tracked()
      followed()
      if (identity) lease = await startIdentityLease({ ...identity, client: live.client })
      leased()
    },
    async [Symbol.asyncDispose]() {
      lease?.[Symbol.dispose]()
      follower?.[Symbol.dispose]()
      flowControl?.[Symbol.dispose]()
      await live[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}
