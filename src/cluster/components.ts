import { serviceAccountGroups } from '../pki/service-account-claims.ts'
import { untilAborted } from '../base/async.ts'
import type { Clock } from '../base/clock.ts'
import type { Crypto } from '../base/crypto.ts'
import type { LiveValue } from '../base/live-value.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import type { UserInfo } from '../apiserver/authentication/authenticator.ts'
import type { Client } from '../client/client.ts'
import { createClient } from '../client/create-client.ts'
import { createInformers, type SharedInformers } from '../client/shared-informers.ts'
import type { Transport } from '../client/transport.ts'
import { runElected, startManager, type ControllerMetrics } from '../controller-runtime/index.ts'
import { CONTROLLERS, selectControllers } from '../controllers/index.ts'
import type { Features } from '../api/features.ts'
import { DeviceClass } from '../api/resource/v1/device-class.ts'
import { SERVED_RESOURCES } from '../api/resources.ts'
import type { Authority } from '../pki/authority.ts'
import type { ServiceAccountTokens } from '../pki/service-account-tokens.ts'
import type { ResourceClass } from '../schema/resource.ts'
import { startScheduler, type SchedulerChoice } from '../scheduler/start-scheduler.ts'
import {
  nodeNames,
  startSimulatedNodes,
  type SimulatedNodes,
} from '../simulation/simulated-nodes.ts'
import type { CompiledStage } from '../simulation/stages/compile-stage.ts'
import { clusterDnsAddress } from './cluster-addresses.ts'
import { ensureDnsService, publishDnsService } from './dns-service.ts'
import { ensureNetworkRole } from './network-role.ts'
import { grantExtendedClaims } from './scheduler-role.ts'

/** Gives each component a transport with its own identity, as the API server does. */
export interface TransportSource {
  transportFor(user: UserInfo, options?: { readonly userAgent?: string }): Transport
}

/** What all need that work on the API from beside it. */
export interface ParticipantOptions {
  readonly api: TransportSource
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The kinds that the API server has; those of a default configuration where absent. */
  readonly served?: readonly ResourceClass[]
  /** What is switched on; the default where absent. */
  readonly features?: Features
  /** How the scheduler works, where it is one of them. */
  readonly scheduler?: SchedulerChoice
}

export interface ControllersOptions extends ParticipantOptions {
  /** Such as `*`, `-ttl-controller`; all where absent. */
  readonly controllers?: readonly string[]
  /** The certificate authority of the API server, PEM. */
  readonly rootCA: LiveValue<string>
  readonly tokens: Pick<ServiceAccountTokens, 'signLegacy'>
  readonly crypto: Crypto
  /** Signs the certificates that are asked for through the API. */
  readonly authority: () => Authority
  readonly clusterCIDR: string
  readonly controllerMetrics?: ControllerMetrics
}

export interface ComponentOptions extends ControllersOptions {
  readonly serviceRange: string
  /** How simulated objects go on, beside or in place of our own stages. */
  readonly stages?: readonly CompiledStage[]
}

export interface CandidateOptions extends ParticipantOptions {
  /** Tells this process from others on the same state, of which one leads at a time; absent where it is alone. */
  readonly identity?: string
}

export interface ComponentsOptions extends ComponentOptions, CandidateOptions {
  readonly node: 'containerd' | 'simulated' | 'none'
  readonly nodes: number
}

/** Starts all that works on the API from beside it in this process: controllers, scheduler, simulated nodes. */
export async function startComponents(options: ComponentsOptions): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  stack.use(whileLeading('kube-controller-manager', CONTROLLER_MANAGER, startControllers, options))
  const informers = stack.use(schedulerInformers(options))
  const start = (): AsyncDisposable => startSchedulerOn(informers, options)
  stack.use(whileLeading('kube-scheduler', SCHEDULER, start, options))
  stack.use(await publishDns(informers, options))
  informers.start()
  if (options.node === 'simulated')
    stack.use(await startNodes({ ...options, names: nodeNames(options.nodes) }))
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Runs a component while this process leads: at once and for good where it is alone. */
export function whileLeading<O extends CandidateOptions>(
  name: string,
  user: UserInfo,
  start: (options: O) => AsyncDisposable,
  options: O,
): AsyncDisposable {
  const { identity, api, logger } = options
  if (identity === undefined) return start(options)
  const abort = new AbortController()
  const lease = { namespace: 'kube-system', name }
  const client = createClient(api.transportFor(user))
  const elected = runElected(
    { ...options, client, lease, identity },
    async (signal) => {
      await using _running = start(options)
      await untilAborted(signal)
    },
    abort,
  )
  elected.catch((error: unknown) => logger.error('An election failed', { lease: name, error }))
  return {
    async [Symbol.asyncDispose]() {
      abort.abort()
      await elected
    },
  }
}

/** Starts all controllers. */
export function startControllers(options: ControllersOptions): AsyncDisposable {
  const { api, clock, logger, random, controllerMetrics: metrics } = options
  const { served: builtIn = SERVED_RESOURCES } = options
  const chosen = selectControllers(options.controllers ?? ['*'])
  const accounts = new Map(CONTROLLERS.map(({ name, serviceAccount }) => [name, serviceAccount]))
  const userOf = (name: string): UserInfo => {
    const account = accounts.get(name)
    return account === undefined ? CONTROLLER_MANAGER : serviceAccountUser(account)
  }
  return startManager({
    controllers: chosen.flatMap(({ create }) => {
      const signToken: ServiceAccountTokens['signLegacy'] = (request) =>
        options.tokens.signLegacy(request)
      return create({ ...options, builtIn, signToken }) ?? []
    }),
    transport: api.transportFor(CONTROLLER_MANAGER),
    // Each acts as a service account of its own, to which the default roles give just what it needs.
    transportOf: (name) => api.transportFor(userOf(name), { userAgent: name }),
    clock,
    random,
    logger,
    ...(metrics && { metrics }),
  })
}

/** A scheduler at work, and what it knows of the cluster. */
export interface RunningScheduler extends AsyncDisposable {
  readonly informers: SharedInformers
}

/** Starts the scheduler on informers of its own. */
export function startOwnScheduler(options: ParticipantOptions): RunningScheduler {
  const informers = schedulerInformers(options)
  const scheduler = startSchedulerOn(informers, options)
  informers.start()
  return {
    informers,
    async [Symbol.asyncDispose]() {
      await scheduler[Symbol.asyncDispose]()
      await informers[Symbol.asyncDispose]()
    },
  }
}

function schedulerInformers(options: ParticipantOptions): SharedInformers {
  return createInformers({ ...options, client: schedulerClient(options) })
}

function startSchedulerOn(
  informers: SharedInformers,
  options: ParticipantOptions,
): AsyncDisposable {
  const { clock, random, logger, scheduler, served, features } = options
  const client = schedulerClient(options)
  const shared = { client, informers, clock, random, logger }
  const started = startScheduler({
    ...scheduler,
    ...shared,
    ...(served && { served }),
    ...(features && { features }),
  })
  if (!makesExtendedClaims(options)) return started
  const stack = new AsyncDisposableStack()
  stack.use(started)
  stack.use(grantExtendedClaims({ client: adminClient(options), informers, logger }))
  return stack
}

function makesExtendedClaims({ features, served }: ParticipantOptions): boolean {
  const isOn = features?.enabled('DRAExtendedResource') ?? true
  return isOn && (served?.some((type) => type === DeviceClass) ?? true)
}

function adminClient({ api }: ParticipantOptions): Client {
  return createClient(api.transportFor({ name: 'trierarch', groups: ['system:masters'] }))
}

function schedulerClient({ api }: ParticipantOptions): Client {
  return createClient(api.transportFor(SCHEDULER, { userAgent: 'kube-scheduler' }))
}

/** Starts the simulated nodes of these names on informers of their own. Resolves once they are registered. */
export async function startNodes(
  options: ComponentOptions & { readonly names: readonly string[] },
): Promise<SimulatedNodes> {
  const client = createClient(options.api.transportFor(SIMULATED_KUBELET))
  await using stack = new AsyncDisposableStack()
  const informers = stack.use(createInformers({ ...options, client }))
  const controllers = selectControllers(options.controllers ?? ['*'])
  const givesRanges = controllers.some(({ name }) => name === 'node-ipam-controller')
  const nodes = stack.use(await startSimulatedNodes({ ...options, client, informers, givesRanges }))
  informers.start()
  const owned = stack.move()
  return {
    add: (name) => nodes.add(name),
    stop: (name) => nodes.stop(name),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Publishes the DNS of nodes: of this machine's, for which all is there from the start, and of those that join. */
async function publishDns(
  informers: SharedInformers,
  options: ComponentsOptions,
): Promise<Disposable> {
  const { logger, serviceRange } = options
  const client = adminClient(options)
  const dns = { client, informers, clusterIP: clusterDnsAddress(serviceRange), logger }
  if (options.node === 'containerd') {
    await ensureNetworkRole(client)
    await ensureDnsService(dns)
  }
  return publishDnsService(dns)
}

export const CONTROLLER_MANAGER: UserInfo = {
  name: 'system:kube-controller-manager',
  groups: ['system:authenticated'],
}

export const SCHEDULER: UserInfo = {
  name: 'system:kube-scheduler',
  groups: ['system:authenticated'],
}

/** One identity for all simulated nodes, so that a heartbeat costs no more than the write. */
export const SIMULATED_KUBELET: UserInfo = {
  name: 'trierarch:simulated-kubelet',
  groups: ['system:masters'],
}

const ACCOUNT_PREFIX = 'system:serviceaccount:kube-system:'

/** The service account of `kube-system` that a user is; undefined for others. */
export function accountOf({ name }: UserInfo): string | undefined {
  return name.startsWith(ACCOUNT_PREFIX) ? name.slice(ACCOUNT_PREFIX.length) : undefined
}

function serviceAccountUser(account: string): UserInfo {
  return {
    name: `${ACCOUNT_PREFIX}${account}`,
    groups: [...serviceAccountGroups('kube-system'), 'system:authenticated'],
  }
}
