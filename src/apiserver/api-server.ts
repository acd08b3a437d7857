import type { Transport } from '../client/transport.ts'
import type { HttpHandler } from '../serving/exchange.ts'
import type { ApiServerOptions } from './api-server-options.ts'
import { aggregator } from './aggregator/aggregator.ts'
import { withExtensions } from './aggregator/extension-transport.ts'
import { webhookConverter } from './apiextensions/conversion/webhook-converter.ts'
import { celRules } from './apiextensions/cel/cel-rules.ts'
import { customResources } from './apiextensions/custom-resources.ts'
import { auditStage } from './audit/audit-stage.ts'
import { auditedCalls } from './audit/audited-calls.ts'
import type { UserInfo } from './authentication/authenticator.ts'
import { front, frontState } from './front.ts'
import { startEndpointLeases, type EndpointLeases } from './identity/endpoint-leases.ts'
import { authorization } from './pipeline/authorize.ts'
import { compose } from './pipeline/call.ts'
import { directTransport } from './pipeline/direct-transport.ts'
import { dispatch } from './pipeline/dispatch.ts'
import type { PipelineEnvironment } from './pipeline/environment.ts'
import { managedTypes } from './pipeline/field-manager.ts'
import { builtInResources } from './registry/built-in.ts'
import { Registry } from './registry/registry.ts'
import { serveResources } from './registry/serve-resources.ts'
import { advertise, createSystemObjects } from './resources/bootstrap.ts'
import { DEFAULT_RANGES, ServiceAllocator } from './resources/services.ts'
import { drain, type ShutdownOptions } from './shutdown.ts'
import { tracedAuthorizer, tracedPlugins, tracedStore } from './tracing/server-tracing.ts'
import { SPECIAL_VERBS, type SpecialVerbs } from './resources/special-verbs.ts'
import { METRICS_RESOURCES, metricsVerbs } from './usage/metrics-verbs.ts'
import { tokenRequests } from './resources/token-requests.ts'

export type { ApiServerOptions } from './api-server-options.ts'

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
  /** Answers HTTP with more than the server was made with, for a platform that is only there later. */
  front(more: Partial<ApiServerOptions>): HttpHandler
  /**
   * Ends well, before what listens is closed: readiness fails first, then nothing new is taken, watches end whole, and
   * what was begun is answered.
   */
  shutdown(options?: ShutdownOptions): Promise<void>
}

/** Makes the API server over a store. It owns neither store nor sockets. */
export function createApiServer(given: ApiServerOptions): ApiServer {
  const options = withTracing(withMetrics(given))
  const { authorizers, freeze = false, admissionPlugins = [], clock, metrics } = options
  const registry = new Registry()
  const env: PipelineEnvironment = {
    ...options,
    freeze,
    admissionPlugins,
    registry,
    managedTypeOf: managedTypes(registry),
    authenticators: options.authenticators ?? [],
    measuredAdmission: measuredAdmission(options),
  }
  const ranges = options.serviceRanges ?? DEFAULT_RANGES
  const services = new ServiceAllocator({ ...options, ranges })
  serveResources(registry, env, builtInResources({ services: services.hooks }, options))
  if (options.usageOfPod)
    serveResources(registry, env, builtInResources({}, { served: METRICS_RESOURCES }))
  const handler = compose(
    [...(options.audit ? [auditStage] : []), ...(options.stages ?? []), authorization(authorizers)],
    dispatch(registry, env, { ...specialVerbs(options), ...usageVerbs(options, registry) }),
  )
  const direct = options.audit ? auditedCalls(options.audit, options.random)(handler) : handler
  const transportFor: ApiServer['transportFor'] = (user, { userAgent = user.name } = {}) =>
    withExtensions(directTransport({ handler: direct, user, userAgent, freeze }), user, {
      ...options,
      registry,
    })
  const own = transportFor(OWN_USER, { userAgent: 'kube-apiserver' })
  const custom = customResources({
    registry,
    env,
    transport: own,
    webhookConverter: (definition) => webhookConverter(definition, { ...options, registry }),
    celRules: (rules) => celRules(rules, metrics && { metrics: metrics.cel, clock }),
  })
  const state = frontState(options, registry)
  const created = state.hooks.expect(...CREATED_AT_START)
  const repaired = state.hooks.expect('start-service-ip-repair-controllers')
  const apis = aggregator({
    ...options,
    registry,
    transport: own,
    onRegistered: state.hooks.expect('kube-apiserver-autoregistration'),
  })
  let endpoint: EndpointLeases | undefined
  const leave = async (): Promise<void> => {
    const left = endpoint
    endpoint = undefined
    await left?.[Symbol.asyncDispose]()
  }
  return {
    registry,
    async start() {
      await createSystemObjects(own, ranges.cidrs)
      await services.start(own, repaired)
      await custom.start()
      await apis.start()
      created()
    },
    async advertise(address, port) {
      const { apiServerAddress: serviceAddress } = services
      const publish = (addresses: readonly string[]): Promise<void> =>
        advertise(own, { serviceAddress, addresses, port })
      if (isShared(options)) {
        endpoint = await startEndpointLeases({ ...options, address, publish })
      } else await publish([address])
    },
    transportFor,
    handle: front(options, registry, handler, state),
    front: (more) => front({ ...options, ...more }, registry, handler, state),
    async shutdown(how = {}) {
      state.stopping = true
      await leave()
      await drain(state.running, () => registry[Symbol.dispose](), clock, how)
    },
    async [Symbol.asyncDispose]() {
      state.stopping = true
      await leave()
      await apis[Symbol.asyncDispose]()
      await services[Symbol.asyncDispose]()
      await custom[Symbol.asyncDispose]()
      registry[Symbol.dispose]()
    },
  }
}

function isShared({ store, isStoreShared = !('snapshot' in store) }: ApiServerOptions): boolean {
  return isStoreShared
}

const CREATED_AT_START = [
  'start-system-namespaces-controller',
  'scheduling/bootstrap-system-priority-classes',
]

/** The same options, with all that is measured passing by the metrics. */
function withMetrics(options: ApiServerOptions): ApiServerOptions {
  const { metrics, store, clock, admissionPlugins = [], authorizers } = options
  if (!metrics) return options
  return {
    ...options,
    store: metrics.store.measured(store, clock),
    authorizers: [metrics.access.measured(authorizers, clock)],
    admissionPlugins: metrics.admission.measured(admissionPlugins, clock),
  }
}

function measuredAdmission({
  metrics,
  clock,
}: ApiServerOptions): PipelineEnvironment['measuredAdmission'] {
  return metrics && ((admission) => metrics.admission.measuredSteps(admission, clock))
}

/** The same options, with all that is traced passing by the tracer. */
function withTracing(options: ApiServerOptions): ApiServerOptions {
  const { tracing, store, admissionPlugins = [], authorizers } = options
  if (!tracing) return options
  return {
    ...options,
    store: tracedStore(store, tracing),
    authorizers: [tracedAuthorizer(authorizers, tracing)],
    admissionPlugins: tracedPlugins(admissionPlugins, tracing),
  }
}

function specialVerbs({ tokenIssuer }: ApiServerOptions): SpecialVerbs {
  if (!tokenIssuer) return SPECIAL_VERBS
  return { ...SPECIAL_VERBS, 'serviceaccounts/token': { create: tokenRequests(tokenIssuer) } }
}

function usageVerbs(options: ApiServerOptions, registry: Registry): SpecialVerbs {
  const { usageOfPod } = options
  return usageOfPod ? metricsVerbs({ ...options, registry, usageOfPod }) : {}
}

/** As whom the server acts itself. */
const OWN_USER: UserInfo = { name: 'system:apiserver', groups: ['system:masters'] }
