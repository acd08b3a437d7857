import type { Clock } from '../base/clock.ts'
import type { Crypto } from '../base/crypto.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import type { Transport } from '../client/transport.ts'
import type { HttpHandler } from '../serving/exchange.ts'
import { ping, type HealthCheck } from '../serving/health.ts'
import type { Store } from '../storage/store.ts'
import type { AdmissionPlugin } from './admission/plugin.ts'
import type { Authenticator, UserInfo } from './authentication/authenticator.ts'
import type { Authorizer } from './authorization/authorizer.ts'
import type { Backends } from './connect/backends.ts'
import { httpAuthenticator } from './http/authenticate.ts'
import { builtInRoutes } from './http/built-in-routes.ts'
import { httpFront } from './http/http-front.ts'
import type { RequestMetrics } from './http/request-metrics.ts'
import { router, type Route } from './http/router.ts'
import { plainTables, type TablePrinters } from './http/tables.ts'
import type { AcceptWatchSocket } from './http/watch-socket.ts'
import { KUBERNETES_VERSION, type VersionInfo } from './http/version.ts'
import { authorization } from './pipeline/authorize.ts'
import { compose, type Handler } from './pipeline/call.ts'
import { directTransport } from './pipeline/direct-transport.ts'
import { managedTypes } from './pipeline/field-manager.ts'
import { dispatch } from './pipeline/dispatch.ts'
import type { PipelineEnvironment, RulesOf } from './pipeline/environment.ts'
import { builtInResources } from './registry/built-in.ts'
import { Registry } from './registry/registry.ts'
import { advertise, createSystemObjects } from './resources/bootstrap.ts'
import { DEFAULT_RANGES, ServiceAllocator, type ServiceRanges } from './resources/services.ts'
import type { Service } from '../api/core/v1/service.ts'
import { serveResources } from './registry/serve-resources.ts'
import { tokenRequests, type TokenIssuer } from './resources/token-requests.ts'
import { SPECIAL_VERBS, type SpecialVerbs } from './resources/special-verbs.ts'

export interface ApiServerOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  /** To read client certificates; without it they say nothing. */
  readonly crypto?: Crypto
  readonly logger: Logger
  /** Asked in order; the first that knows who it is decides. */
  readonly authenticators?: readonly Authenticator[]
  /** Asked in order; the first that has an opinion decides. */
  readonly authorizers: readonly Authorizer[]
  /** Asked in order. */
  readonly admissionPlugins?: readonly AdmissionPlugin[]
  /** Paths to answer beside the resources: discovery, OpenAPI. Made with the registry, which they describe. */
  readonly routes?: (registry: Registry) => readonly Route[]
  /** How kinds are shown as tables. */
  readonly tables?: TablePrinters
  /** Counts requests; its own route is one of `routes`. */
  readonly metrics?: RequestMetrics
  /** Accepts watches over WebSockets. */
  readonly acceptWatchSocket?: AcceptWatchSocket
  readonly version?: VersionInfo
  /** Issues tokens of service accounts; without it none can be asked for. */
  readonly tokenIssuer?: TokenIssuer
  /** Lists what a user may do in a namespace, for SelfSubjectRulesReviews. */
  readonly rulesOf?: RulesOf
  /** How to speak to nodes and Pods; without it there are no logs, exec and proxies. */
  readonly backends?: Backends
  /** Where the addresses and ports of Services come from. */
  readonly serviceRanges?: ServiceRanges
  /** What must be well for the server to count as ready, beside itself. */
  readonly readinessChecks?: readonly HealthCheck[]
  /** Freeze objects at every depth, so that a component that changes what it was given fails. For tests. */
  readonly freeze?: boolean
}

export interface ApiServer extends AsyncDisposable {
  readonly registry: Registry
  /**
   * Reads what the server needs to know before it takes writes, and creates what every cluster has. To be awaited
   * before anything else is asked of the server.
   */
  start(): Promise<void>
  /** Lets Pods find the server at an address, through the Service `kubernetes`. */
  advertise(address: string, port: number): Promise<void>
  /** A transport for a component of this process, with its own identity. */
  transportFor(user: UserInfo, options?: { readonly userAgent?: string }): Transport
  /** Answers HTTP. */
  readonly handle: HttpHandler
}

/** Makes the API server over a store. It owns neither store nor sockets. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { authorizers, freeze = false, admissionPlugins = [] } = options
  const registry = new Registry()
  const env: PipelineEnvironment = {
    ...options,
    freeze,
    admissionPlugins,
    registry,
    managedTypeOf: managedTypes(registry),
    authenticators: options.authenticators ?? [],
  }
  const services = new ServiceAllocator(options.serviceRanges ?? DEFAULT_RANGES)
  serveResources(registry, env, builtInResources({ services: services.hooks }))
  const handler = compose(
    [authorization(authorizers)],
    dispatch(registry, env, specialVerbs(options)),
  )
  const transportFor: ApiServer['transportFor'] = (user, { userAgent = user.name } = {}) =>
    directTransport({ handler, user, userAgent, freeze })
  const own = transportFor(OWN_USER, { userAgent: 'kube-apiserver' })
  return {
    registry,
    async start() {
      await adoptServices(registry, services)
      await createSystemObjects(own)
    },
    advertise: (address, port) =>
      advertise(own, { serviceAddress: services.apiServerAddress, address, port }),
    transportFor,
    handle: frontOf(options, registry, handler),
    async [Symbol.asyncDispose]() {
      registry[Symbol.dispose]()
    },
  }
}

function specialVerbs({ tokenIssuer }: ApiServerOptions): SpecialVerbs {
  if (!tokenIssuer) return SPECIAL_VERBS
  return { ...SPECIAL_VERBS, 'serviceaccounts/token': { create: tokenRequests(tokenIssuer) } }
}

/** As whom the server acts itself. */
const OWN_USER: UserInfo = { name: 'system:apiserver', groups: ['system:masters'] }

async function adoptServices(registry: Registry, services: ServiceAllocator): Promise<void> {
  const { resource } = registry.find('', 'v1', 'services')!
  const { entries } = await resource.env.store.list(resource.prefix)
  for (const entry of entries) {
    services.adopt(resource.objectOf(entry).object as unknown as Service)
  }
}

function frontOf(options: ApiServerOptions, registry: Registry, handler: Handler): HttpHandler {
  const {
    authenticators = [],
    crypto,
    version = KUBERNETES_VERSION,
    readinessChecks = [],
    admissionPlugins = [],
  } = options
  const builtIn = builtInRoutes({
    ...options,
    version,
    livenessChecks: [ping],
    readinessChecks,
  })
  return httpFront({
    ...options,
    handler,
    authenticate: httpAuthenticator(authenticators, crypto),
    route: router([...builtIn, ...(options.routes?.(registry) ?? [])]),
    printers: options.tables ?? plainTables,
    acceptWatchSocket: options.acceptWatchSocket,
    metrics: options.metrics,
    connect: { ...options, registry, admissionPlugins, backends: options.backends },
  })
}
