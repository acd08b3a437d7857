import type { Crypto } from '../../base/crypto.ts'
import { liveValue, partOf, type LiveValue, type SettableValue } from '../../base/live-value.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import { Node } from '../../api/core/v1/node.ts'
import { chosenApi, type ApiChoice } from '../../api/served-resources.ts'
import type { ApiServer } from '../../apiserver/api-server.ts'
import type { UserInfo } from '../../apiserver/authentication/authenticator.ts'
import type { TransformerOf } from '../../apiserver/encryption/transformers.ts'
import type { Backends } from '../../apiserver/connect/backends.ts'
import { publishAuthentication } from '../../apiserver/identity/cluster-information.ts'
import type { WebhookCaller } from '../../apiserver/webhook-client/webhook-caller.ts'
import { createSecureApiServer } from '../../apiserver/secure-api-server.ts'
import { createClient } from '../../client/create-client.ts'
import type { Transport } from '../../client/transport.ts'
import { type Authority, authorityFromPem } from '../../pki/authority.ts'
import { renewClusterAuthority } from '../../pki/cluster-pki.ts'
import { privateKeyFromPem } from '../../pki/keys.ts'
import type { PkiFiles } from '../../pki/pki-files.ts'
import type { SchedulerChoice } from '../../scheduler/start-scheduler.ts'
import {
  serviceAccountTokens,
  type ServiceAccountTokens,
} from '../../pki/service-account-tokens.ts'
import type { SimulatedNodes } from '../../simulation/simulated-nodes.ts'
import type { CompiledStage } from '../../simulation/stages/compile-stage.ts'
import { usageOfPod } from '../../simulation/usage.ts'
import type { LocalStore } from '../../storage/store.ts'
import {
  startControllers,
  startNodes,
  startOwnScheduler,
  type ComponentOptions,
  type RunningScheduler,
} from '../components.ts'
import { SIMULATED_POD_RANGE } from '../pod-ranges.ts'
import type { ClusterClock } from './cluster-clock.ts'
import { Faults } from './faults.ts'
import { Restartable } from './restartable.ts'

/** What a cluster runs on. */
export interface Platform {
  readonly clock: ClusterClock
  readonly random: Random
  readonly crypto: Crypto
  readonly logger: Logger
  /** Freezes objects at every depth before they are shared, so that whoever changes one is found out. */
  readonly freeze: boolean
  /** How to call webhooks; absent where time is virtual, since they answer in real time. */
  readonly webhooks?: WebhookCaller
  /** How to call other API servers; absent where webhooks are. */
  readonly backends?: Backends
}

export interface EngineOptions extends Platform, ApiChoice {
  readonly store: LocalStore
  readonly keys: PkiFiles
  /** How the objects of a resource are kept, where not as they are. */
  readonly transformerOf?: TransformerOf
  readonly scheduler?: SchedulerChoice
  /** The simulated nodes. */
  readonly nodes: readonly string[]
  /** How simulated objects go on, beside or in place of our own stages. */
  readonly stages?: readonly CompiledStage[]
}

/** The parts of a control plane, by the names of Kubernetes' programs; all simulated nodes are one kubelet. */
export const COMPONENTS = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
] as const

export type ComponentName = (typeof COMPONENTS)[number]

const SERVICE_RANGE = '10.96.0.0/16'

/** A control plane and its simulated nodes at work on a store that somebody else owns. */
export class Engine implements AsyncDisposable {
  readonly faults: Faults
  /** The nodes that are switched on. */
  readonly nodeNames: Set<string>
  readonly #api: Restartable<ApiServer>
  readonly #stack: AsyncDisposableStack
  readonly #parts = new Map<ComponentName, Restartable<AsyncDisposable>>()
  #scheduler!: Restartable<RunningScheduler>
  #kubelet!: Restartable<SimulatedNodes>

  private constructor(
    options: EngineOptions,
    faults: Faults,
    api: Restartable<ApiServer>,
    stack: AsyncDisposableStack,
  ) {
    this.faults = faults
    this.nodeNames = new Set(options.nodes)
    this.#api = api
    this.#stack = stack
  }

  /** Resolves once the API server answers, all else has been started, and the nodes have registered. */
  static async start(options: EngineOptions): Promise<Engine> {
    await using stack = new AsyncDisposableStack()
    const faults = new Faults(options.clock, options.random)
    const tokens = tokensOf(options)
    const keys = liveValue(options.keys)
    const api = stack.use(
      await Restartable.start('kube-apiserver', () =>
        startApiServer(options, tokens, keys, faults),
      ),
    )
    const engine = new Engine(options, faults, api, stack.move())
    try {
      await engine.#startComponents(options, tokens, keys)
      return engine
    } catch (error) {
      await engine[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The API server that runs now. Throws `ServiceUnavailable` while it is down. */
  get api(): ApiServer {
    return this.#api.current
  }

  /** Switches a simulated node on. */
  async startNode(name: string): Promise<void> {
    this.nodeNames.add(name)
    await this.#kubelet.running?.add(name)
  }

  /** Switches a simulated node off. */
  stopNode(name: string): void {
    this.nodeNames.delete(name)
    this.#kubelet.running?.stop(name)
  }

  /** A transport that stays good when the API server is started anew. */
  transportFor(user: UserInfo, options?: { readonly userAgent?: string }): Transport {
    let made: { readonly api: ApiServer; readonly transport: Transport } | undefined
    const current = (): Transport => {
      const { api } = this
      if (made?.api !== api) made = { api, transport: api.transportFor(user, options) }
      return made.transport
    }
    return {
      call: async (...request) => current().call(...request),
      watch: (...request) => current().watch(...request),
    }
  }

  /** Stops a component and starts it without anything that it remembered. */
  async restart(component: ComponentName): Promise<void> {
    await (component === 'kube-apiserver' ? this.#api : this.#parts.get(component))?.restart()
  }

  /** Resolves once the scheduler holds the node to be fit for Pods. */
  whenSchedulable(node: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const nodes = this.#scheduler.current.informers.informer(Node)
    nodes.whenObject({ name: node }, (each) => each !== undefined && isSchedulable(each), resolve)
    return promise
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }

  async #startComponents(
    options: EngineOptions,
    tokens: ServiceAccountTokens,
    keys: SettableValue<PkiFiles>,
  ): Promise<void> {
    const { served, features } = await chosenApi(options)
    const shared: ComponentOptions = {
      ...options,
      served,
      features,
      api: this,
      tokens,
      authority: () => renewedAuthority(keys, options),
      rootCA: partOf(keys, (files) => files.get('ca.crt')!),
      clusterCIDR: SIMULATED_POD_RANGE,
      serviceRange: SERVICE_RANGE,
    }
    const start = async <T extends AsyncDisposable>(
      name: ComponentName,
      make: () => Promise<T>,
    ): Promise<Restartable<T>> => {
      const part = this.#stack.use(await Restartable.start(name, make))
      this.#parts.set(name, part)
      return part
    }
    // First, since it waits for answers: they come later once the others are at work.
    this.#kubelet = await start('kubelet', () => this.#startKubelet(shared))
    this.#scheduler = await start('kube-scheduler', async () => startOwnScheduler(shared))
    await start('kube-controller-manager', async () => startControllers(shared))
  }

  async #startKubelet(options: ComponentOptions): Promise<SimulatedNodes> {
    const names = new Set(this.nodeNames)
    const kubelet = await startNodes({ ...options, names: [...names] })
    // Nodes may have been switched on and off meanwhile.
    for (const name of names.difference(this.nodeNames)) kubelet.stop(name)
    for (const name of this.nodeNames.difference(names))
      kubelet
        .add(name)
        .catch((error: unknown) => options.logger.error('cannot start a node', { name, error }))
    return kubelet
  }
}

function tokensOf({ crypto, clock, keys }: EngineOptions): ServiceAccountTokens {
  const signingKey = privateKeyFromPem(keys.get('sa.key')!)
  return serviceAccountTokens({ crypto, clock, signingKey })
}

/** The cluster's authority, which is renewed before its end: a virtual clock gets there. */
function renewedAuthority(
  keys: SettableValue<PkiFiles>,
  { crypto, clock }: Pick<Platform, 'crypto' | 'clock'>,
): Authority {
  const { pki, changed } = renewClusterAuthority(keys.current, { crypto, clock })
  if (changed.size > 0) keys.set(new Map([...keys.current, ...changed]))
  return authorityFromPem(pki.ca)
}

async function startApiServer(
  options: EngineOptions,
  tokens: ServiceAccountTokens,
  keys: LiveValue<PkiFiles>,
  faults: Faults,
): Promise<ApiServer> {
  const chosen = await chosenApi(options)
  const stages = [faults.stage]
  const api = createSecureApiServer({ ...options, ...chosen, tokens, stages, usageOfPod })
  try {
    await api.start()
    await publishOwnAuthentication(api, keys.current)
    return api
  } catch (error) {
    await api[Symbol.asyncDispose]()
    throw error
  }
}

function publishOwnAuthentication(api: ApiServer, keys: PkiFiles): Promise<void> {
  const user = { name: 'system:apiserver', groups: ['system:masters'] }
  return publishAuthentication(createClient(api.transportFor(user)), {
    clientCaPem: keys.get('ca.crt')!,
    requestHeader: {
      caPem: keys.get('front-proxy-ca.crt')!,
      allowedNames: ['front-proxy-client'],
    },
  })
}

function isSchedulable({ spec, status }: Node): boolean {
  const isReady = status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True')
  const isTainted = spec.taints?.some(({ effect }) => effect !== 'PreferNoSchedule')
  return isReady === true && isTainted !== true
}
