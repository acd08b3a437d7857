import { DEFAULT_FEATURES, type Features } from '../api/features.ts'
import { findStatusError } from '../apimachinery/status-error.ts'
import type { Clock } from '../base/clock.ts'
import { ping, type HealthCheck } from '../serving/health.ts'
import type { HttpHandler } from '../serving/exchange.ts'
import { anonymousGate } from './authentication/anonymous.ts'
import type { ApiServerOptions } from './api-server-options.ts'
import { flowDebugRoutes } from './flowcontrol/debug-routes.ts'
import { flowGate } from './flowcontrol/flow-gate.ts'
import { httpAuthenticator, type HttpAuthenticator } from './http/authenticate.ts'
import { builtInRoutes, json } from './http/built-in-routes.ts'
import type { Gate } from './http/gate.ts'
import { httpFront } from './http/http-front.ts'
import { IN_FLIGHT_LIMITS, inFlightGate } from './http/in-flight.ts'
import { issuerRoutes } from './http/issuer-routes.ts'
import { ENCODINGS, type Encoding } from './http/negotiate.ts'
import { router, type Route } from './http/router.ts'
import { RunningRequests } from './http/running-requests.ts'
import { StartHooks } from './http/start-hooks.ts'
import { zPages } from './http/zpages.ts'
import type { AccessMetrics } from './metrics/access-metrics.ts'
import { tracedAuthenticator, tracedHandler } from './tracing/server-tracing.ts'
import { plainTables } from './http/tables.ts'
import { KUBERNETES_VERSION } from './http/version.ts'
import type { Handler } from './pipeline/call.ts'
import type { Registry } from './registry/registry.ts'

/** What all fronts of a server share. */
export interface FrontState {
  /** What must have been done before the server counts as ready. */
  readonly hooks: StartHooks
  readonly running: RunningRequests
  readonly gate: Gate
  stopping: boolean
}

export function frontState(options: ApiServerOptions, registry: Registry): FrontState {
  const { flowControl, inFlightLimits = IN_FLIGHT_LIMITS, clock } = options
  return {
    hooks: options.startHooks ?? new StartHooks(),
    running: new RunningRequests(),
    gate: flowControl ? flowGate(flowControl, registry, clock) : inFlightGate(inFlightLimits),
    stopping: false,
  }
}

/** Answers HTTP with the pipeline, and the paths that are no resources. */
export function front(
  options: ApiServerOptions,
  registry: Registry,
  handler: Handler,
  state: FrontState,
): HttpHandler {
  const {
    authenticators = [],
    authorizers,
    crypto,
    random,
    admissionPlugins = [],
    backends,
  } = options
  const { features = DEFAULT_FEATURES, metrics, version = KUBERNETES_VERSION } = options
  metrics?.resources.follow({
    registry,
    store: options.store,
    version,
    isRequested: metrics.requests.isRequested,
  })
  if (options.audit) metrics?.audit.follow(options.audit)
  const { tracing } = options
  const plain = httpAuthenticator(authenticators, crypto)
  const authenticate = tracing ? tracedAuthenticator(plain, tracing) : plain
  options.metrics?.features(features)
  const handle = httpFront({
    ...options,
    handler,
    registry,
    authenticate: metrics
      ? measuredAuthenticator(authenticate, metrics.access, options.clock)
      : authenticate,
    allowsAnonymous: options.allowsAnonymous ?? anonymousGate(),
    impersonation: {
      authorizers,
      isConstrained: features.enabled('ConstrainedImpersonation'),
    },
    route: router(allRoutes(options, registry, state)),
    printers: options.tables ?? plainTables,
    encodings: encodingsOf(features),
    respond: features.enabled('APIResponseCompression') ? options.respond : undefined,
    acceptWatchSocket: options.acceptWatchSocket,
    metrics,
    gate: state.gate,
    running: state.running,
    connect: { random, authorizers, registry, admissionPlugins, backends },
  })
  return tracing ? tracedHandler(handle, tracing) : handle
}

function measuredAuthenticator(
  authenticate: HttpAuthenticator,
  access: AccessMetrics,
  clock: Clock,
): HttpAuthenticator {
  return async (exchange) => {
    const startMs = clock.monotonic()
    const seconds = (): number => (clock.monotonic() - startMs) / 1000
    try {
      const result = await authenticate(exchange)
      access.authenticated('success', result.user.name, seconds())
      return result
    } catch (error) {
      access.authenticated(findStatusError(error) ? 'failure' : 'error', undefined, seconds())
      throw error
    }
  }
}

function encodingsOf(features: Features): readonly Encoding[] {
  return features.enabled('CBORServingAndStorage') ? [...ENCODINGS, 'cbor'] : ENCODINGS
}

function allRoutes(
  options: ApiServerOptions,
  registry: Registry,
  state: FrontState,
): readonly Route[] {
  const { version = KUBERNETES_VERSION, tokenIssuer, readinessChecks = [], logger } = options
  const builtIn = builtInRoutes({
    version,
    logger,
    health: options.metrics?.health,
    livenessChecks: () => [
      ping,
      log,
      etcd(options),
      ...(options.healthChecks ?? []),
      ...state.hooks.checks,
    ],
    readinessChecks: () => [etcdReadiness(options), ...readinessChecks, shutdownCheck(state)],
  })
  const issuer = tokenIssuer ? issuerRoutes(tokenIssuer.tokens) : []
  const debug = options.flowControl ? flowDebugRoutes(options.flowControl) : []
  const routes = [...builtIn, ...issuer, ...debug, ...(options.routes?.(registry) ?? [])]
  const paths = pathsOf(routes)
  const { flags = {}, clock } = options
  const pages = zPages({ clock, version, flags, paths })
  return [
    ...routes,
    ...pages,
    { path: '/', handler: json({ paths: [...paths, ...pathsOf(pages)].toSorted() }) },
  ]
}

function pathsOf(routes: readonly Route[]): readonly string[] {
  return routes.map(({ path }) => path).filter((path) => !path.endsWith('/'))
}

/** The log is written to a stream that never waits. */
const log: HealthCheck = { name: 'log', check: () => undefined }

function etcd({ store }: ApiServerOptions): HealthCheck {
  return {
    name: 'etcd',
    check: async () => {
      await store.revision()
    },
  }
}

function etcdReadiness(options: ApiServerOptions): HealthCheck {
  return { ...etcd(options), name: 'etcd-readiness' }
}

function shutdownCheck(state: FrontState): HealthCheck {
  return {
    name: 'shutdown',
    check() {
      if (state.stopping) throw new Error('process is shutting down')
    },
  }
}
