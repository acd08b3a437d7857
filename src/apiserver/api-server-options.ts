import type { Features } from '../api/features.ts'
import type { Clock } from '../base/clock.ts'
import type { Crypto } from '../base/crypto.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import type { ResourceClass } from '../schema/resource.ts'
import type { HealthCheck } from '../serving/health.ts'
import type { ResourceInfo } from '../schema/resource.ts'
import type { Store } from '../storage/store.ts'
import type { ValueTransformer } from '../storage/transforming-store.ts'
import type { AdmissionPlugin } from './admission/plugin.ts'
import type { WebhookCaller } from './webhook-client/webhook-caller.ts'
import type { Auditor } from './audit/auditor.ts'
import type { Authenticator } from './authentication/authenticator.ts'
import type { Authorizer } from './authorization/authorizer.ts'
import type { Pause } from './base/pace.ts'
import type { Backends } from './connect/backends.ts'
import type { FlowControl } from './flowcontrol/flow-control.ts'
import type { InFlightLimits } from './http/in-flight.ts'
import type { StartHooks } from './http/start-hooks.ts'
import type { ServerTracing } from './tracing/server-tracing.ts'
import type { ServerMetrics } from './metrics/server-metrics.ts'
import type { Respond } from './http/respond.ts'
import type { Route } from './http/router.ts'
import type { TablePrinters } from './http/tables.ts'
import type { VersionInfo } from './http/version.ts'
import type { AcceptWatchSocket } from './http/watch-socket.ts'
import type { Stage } from './pipeline/call.ts'
import type { RulesOf } from './pipeline/environment.ts'
import type { Registry } from './registry/registry.ts'
import type { ServiceRangesOptions } from './resources/services.ts'
import type { UsageOfPod } from './usage/simulated-usage.ts'
import type { TokenIssuer } from './resources/token-requests.ts'

export interface ApiServerOptions {
  readonly store: Store
  /** Whether other API servers work on the same store. Default: where it is not in this process's memory. */
  readonly isStoreShared?: boolean
  readonly clock: Clock
  readonly random: Random
  /** To read client certificates; without it they say nothing. */
  readonly crypto?: Crypto
  readonly logger: Logger
  /** Asked in order; the first that knows who it is decides. */
  readonly authenticators?: readonly Authenticator[]
  /** Whether nobody needs to say who they are to ask for a path: `anonymousGate()`. */
  readonly allowsAnonymous?: (path: string) => boolean
  /** Asked in order; the first that has an opinion decides. */
  readonly authorizers: readonly Authorizer[]
  /** Records requests; without it, nothing of auditing is on their way. The server does not own it. */
  readonly audit?: Auditor
  /** Steps on the way of a request before it is authorised. */
  readonly stages?: readonly Stage[]
  /** Asked in order. */
  readonly admissionPlugins?: readonly AdmissionPlugin[]
  /** Paths to answer beside the resources: discovery, OpenAPI. Made with the registry, which they describe. */
  readonly routes?: (registry: Registry) => readonly Route[]
  /** How kinds are shown as tables. */
  readonly tables?: TablePrinters
  /** Is told what the server does; its own route is one of `routes`. */
  readonly metrics?: ServerMetrics
  /** Traces requests; without it, nothing of tracing is on their way. */
  readonly tracing?: ServerTracing
  /** Shares the server between clients; without it, `inFlightLimits` bound how much is done at once. */
  readonly flowControl?: FlowControl
  /** Upstream's where absent. */
  readonly inFlightLimits?: InFlightLimits
  /** How long a request may take, streams aside, in milliseconds: `--request-timeout`. Default 60 seconds. */
  readonly requestTimeoutLimitMs?: number
  /** How long watches last at least that do not say, in seconds: `--min-request-timeout`. Default half an hour. */
  readonly watchSecondsMin?: number
  /** How long Events are kept, in seconds: `--event-ttl`. Default an hour. */
  readonly eventTtlSeconds?: number
  /** With which flags the server was started, by name without dashes, for `/flagz`. */
  readonly flags?: Readonly<Record<string, string>>
  /** What others do once after the start, beside the server. */
  readonly startHooks?: StartHooks
  /** Accepts watches over WebSockets. */
  readonly acceptWatchSocket?: AcceptWatchSocket
  readonly version?: VersionInfo
  /** Issues tokens of service accounts; without it none can be asked for. */
  readonly tokenIssuer?: TokenIssuer
  /** Lists what a user may do in a namespace, for SelfSubjectRulesReviews. */
  readonly rulesOf?: RulesOf
  /** How to speak to nodes and Pods; without it there are no logs, exec and proxies. */
  readonly backends?: Backends
  /** How to speak to webhooks; without it none can be asked. */
  readonly webhooks?: WebhookCaller
  /** Where the addresses and ports of Services come from. */
  readonly serviceRanges?: ServiceRangesOptions
  /** What else must be well for the server to count as alive and ready, such as what keeps its keys. */
  readonly healthChecks?: readonly HealthCheck[]
  /** What must be well for the server to count as ready, beside itself. */
  readonly readinessChecks?: readonly HealthCheck[]
  /** What containers of a Pod use where nothing really runs. With it, metrics.k8s.io is served. */
  readonly usageOfPod?: UsageOfPod
  /** Which features of Kubernetes are on. */
  readonly features?: Features
  /** The built-in kinds that are served, where they are not those of Kubernetes' defaults. */
  readonly served?: readonly ResourceClass[]
  /** Sends an answer, compressed perhaps. */
  readonly respond?: Respond
  /** Lets others have a turn in the middle of long work, such as a list of everything. */
  readonly pause?: Pause
  /** How the objects of a resource are kept, where not as they are: encryption at rest. */
  readonly transformerOf?: (resource: ResourceInfo) => ValueTransformer | undefined
  /** Freeze objects at every depth, so that a component that changes what it was given fails. For tests. */
  readonly freeze?: boolean
}
