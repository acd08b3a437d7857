import { DEFAULT_FEATURES, type Features } from '../api/features.ts'
import { ping, type HealthCheck } from '../serving/health.ts'
import type { HttpHandler } from '../serving/exchange.ts'
import type { ApiServerOptions } from './api-server-options.ts'
import { httpAuthenticator } from './http/authenticate.ts'
import { builtInRoutes, json } from './http/built-in-routes.ts'
import { httpFront } from './http/http-front.ts'
import { issuerRoutes } from './http/issuer-routes.ts'
import { ENCODINGS, type Encoding } from './http/negotiate.ts'
import { router, type Route } from './http/router.ts'
import { plainTables } from './http/tables.ts'
import { KUBERNETES_VERSION } from './http/version.ts'
import type { Handler } from './pipeline/call.ts'
import type { Registry } from './registry/registry.ts'

export interface FrontState {
  /** Whether all that must be there before the first request has been created. */
  readonly started: boolean
  readonly stopping: boolean
}

/** Answers HTTP with the pipeline, and the paths that are no resources. */
export function front(
  options: ApiServerOptions,
  registry: Registry,
  handler: Handler,
  state: FrontState,
): HttpHandler {
  const { authenticators = [], crypto, admissionPlugins = [], backends } = options
  const { features = DEFAULT_FEATURES } = options
  return httpFront({
    ...options,
    handler,
    registry,
    authenticate: httpAuthenticator(authenticators, crypto),
    route: router(allRoutes(options, registry, state)),
    printers: options.tables ?? plainTables,
    encodings: encodingsOf(features),
    respond: features.enabled('APIResponseCompression') ? options.respond : undefined,
    acceptWatchSocket: options.acceptWatchSocket,
    metrics: options.metrics,
    connect: { ...options, registry, admissionPlugins, backends },
  })
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
    livenessChecks: [ping, ...ownChecks(options, state)],
    readinessChecks: [...readinessChecks, shutdownCheck(state)],
  })
  const issuer = tokenIssuer ? issuerRoutes(tokenIssuer.tokens) : []
  const routes = [...builtIn, ...issuer, ...(options.routes?.(registry) ?? [])]
  return [...routes, indexRoute(routes)]
}

/** `/` says which paths there are. */
function indexRoute(routes: readonly Route[]): Route {
  const paths = routes.map(({ path }) => path).filter((path) => !path.endsWith('/'))
  return { path: '/', handler: json({ paths: paths.toSorted() }) }
}

// By upstream's names, which people and load balancers ask for one by one.
function ownChecks({ store }: ApiServerOptions, state: FrontState): readonly HealthCheck[] {
  const whenStarted = (name: string): HealthCheck => ({
    name: `poststarthook/${name}`,
    check() {
      if (!state.started) throw new Error('not finished')
    },
  })
  return [
    {
      name: 'etcd',
      check: async () => {
        await store.revision()
      },
    },
    whenStarted('start-system-namespaces-controller'),
    whenStarted('scheduling/bootstrap-system-priority-classes'),
    whenStarted('start-service-ip-repair-controllers'),
  ]
}

function shutdownCheck(state: FrontState): HealthCheck {
  return {
    name: 'shutdown',
    check() {
      if (state.stopping) throw new Error('process is shutting down')
    },
  }
}
