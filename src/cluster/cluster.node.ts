import { keepAlive, systemClock } from '../base/clock.node.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import { silentLogger, type Logger } from '../base/logger.ts'
import { seededRandom } from '../base/random.ts'
import { systemRandom } from '../base/random.node.ts'
import { seededCrypto } from '../base/seeded-crypto.node.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { isNotFound } from '../apimachinery/status-predicates.ts'
import { Node } from '../api/core/v1/node.ts'
import { ServiceAccount } from '../api/core/v1/service-account.ts'
import type { ApiChoice } from '../api/served-resources.ts'
import type { UserInfo } from '../apiserver/authentication/authenticator.ts'
import { createClient } from '../client/create-client.ts'
import type { Client } from '../client/client.ts'
import { transportAt } from '../client/at.ts'
import { parsePointInTime } from '../client/point-in-time.ts'
import type { AnyObject } from '../client/dynamic-class.ts'
import type { PkiFiles } from '../pki/pki-files.ts'
import { readStages } from '../simulation/stages/read-stages.ts'
import { nodeNames } from '../simulation/simulated-nodes.ts'
import { MemoryStore } from '../storage/memory/memory-store.ts'
import type { StoreEvent } from '../storage/store.ts'
import { applyYaml } from './embedded/apply.ts'
import { Changes } from './embedded/changes.ts'
import {
  realClusterClock,
  virtualClusterClock,
  type ClusterClock,
} from './embedded/cluster-clock.ts'
import { Engine, type EngineOptions, type Platform } from './embedded/engine.ts'
import { eventually, type EventuallyOptions, type Probe } from './embedded/eventually.ts'
import { failures, type Failures } from './embedded/failures.ts'
import { finish } from './embedded/finish.ts'
import { outgoing } from './embedded/outgoing.node.ts'
import type { HttpsPort } from './embedded/https-port.node.ts'
import { makeKeys } from './embedded/keys.ts'

/** Beside what is here, `featureGates` and `runtimeConfig` choose the API that is served, as upstream's flags do. */
export interface ClusterOptions extends ApiChoice {
  /** How many simulated nodes; 1 where absent. */
  readonly nodes?: number
  /** `system` (the default): the machine's own. `virtual`: one that stands still until `cluster.clock.advance()`. */
  readonly clock?: 'system' | 'virtual'
  /**
   * Where all randomness comes from: names, UIDs, keys, jitter. With a virtual clock, runs of one seed are equal to the
   * last write; the seed is 1 there where absent, and else the system's randomness is used.
   */
  readonly seed?: number
  readonly logger?: Logger
  /** Which resources are kept encrypted: the text of an EncryptionConfiguration. Without it, none are. */
  readonly encryptionConfiguration?: string
  /** How Pods are scheduled: the text of a KubeSchedulerConfiguration. */
  readonly schedulerConfiguration?: string
  /** How simulated objects go on: kwok's Stages, as YAML. They come to our own, or replace those of their name. */
  readonly stages?: string
  /** Freezes objects at every depth, so that code that changes what it was given fails. */
  readonly freeze?: boolean
  /** Told of every write to the store as it happens, from the first one on. */
  readonly onWrite?: (event: StoreEvent) => void
}

/** What a cluster is made of at first. */
interface Beginning {
  readonly store: MemoryStore
  readonly keys: PkiFiles
  readonly nodes: readonly string[]
}

const ADMIN: UserInfo = { name: 'kubernetes-admin', groups: ['system:masters'] }
const SEED_DEFAULT = 1

/**
 * A whole control plane in this process: API server, controllers, scheduler and simulated nodes, on memory. It opens no
 * port, writes no file and needs no root, so that a test can have one to itself:
 *
 *     await using cluster = await Cluster.start({ nodes: 3 })
 *     await cluster.apply(yaml)
 *     await cluster.eventually(async () => (await cluster.client.get(Deployment, key)).status.availableReplicas === 3)
 */
export class Cluster implements AsyncDisposable {
  /** Acts as the cluster's admin. */
  readonly client: Client
  readonly clock: ClusterClock
  /** Has things go wrong. */
  readonly fail: Failures
  readonly #options: ClusterOptions
  readonly #platform: Platform
  readonly #store: MemoryStore
  readonly #keys: PkiFiles
  readonly #engine: Engine
  readonly #changes: Changes
  readonly #outgoing: Disposable | undefined
  #port: Promise<HttpsPort> | undefined

  private constructor(
    options: ClusterOptions,
    platform: Platform,
    { store, keys }: Beginning,
    engine: Engine,
    changes: Changes,
    calls: Disposable | undefined,
  ) {
    this.#outgoing = calls
    this.#options = options
    this.#platform = platform
    this.#store = store
    this.#keys = keys
    this.#engine = engine
    this.#changes = changes
    this.client = this.clientFor(ADMIN)
    this.clock = platform.clock
    this.fail = failures(engine)
  }

  /** Starts a cluster, and waits until Pods can be created and scheduled. Many can run side by side. */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const changes = changesOf(options)
    const platform = platformOf(options)
    const cluster = await Cluster.#start(options, platform, changes, {
      store: new MemoryStore({ clock: platform.clock, onWrite: changes.tell }),
      keys: makeKeys(platform.crypto, platform.clock),
      nodes: nodeNames(options.nodes ?? 1),
    })
    try {
      await cluster.#ready()
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  static async #start(
    options: ClusterOptions,
    platform: Platform,
    changes: Changes,
    beginning: Beginning,
  ): Promise<Cluster> {
    // They answer in real time.
    const calls = options.clock === 'virtual' ? undefined : outgoing(beginning.keys)
    try {
      const engine = await finish(
        platform.clock,
        Engine.start({
          ...options,
          stages: readStages(options.stages ?? ''),
          ...platform,
          ...beginning,
          ...(await encryptionOf(options, platform)),
          ...(await schedulerOf(options)),
          ...(calls && { webhooks: calls.webhooks, backends: calls.backends }),
        }),
      )
      return new Cluster(options, platform, beginning, engine, changes, calls)
    } catch (error) {
      calls?.[Symbol.dispose]()
      await beginning.store[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The simulated nodes that are switched on. */
  get nodeNames(): readonly string[] {
    return [...this.#engine.nodeNames]
  }

  /** A client that acts as somebody else, with no more rights than they have. */
  clientFor(user: UserInfo): Client {
    return createClient(this.#engine.transportFor(user))
  }

  /**
   * A client that reads the state of then: `4711` (a revision), `2026-05-04T10:00:00Z`, or `5m` (ago). Throws
   * `ParseError`.
   */
  at(when: string | number, user: UserInfo = ADMIN): Client {
    const transport = this.#engine.transportFor(user)
    return createClient(transportAt(transport, parsePointInTime(String(when))))
  }

  /**
   * Applies all objects of a YAML text, of any kind that is served, as `kubectl apply --server-side` does. Answers with
   * them as they are stored.
   */
  apply(yaml: string): Promise<readonly AnyObject[]> {
    return applyYaml(
      {
        client: this.client,
        served: () => this.#engine.api.registry.all().map(({ type }) => type),
        eventually: (holds) => this.eventually(holds),
      },
      yaml,
    )
  }

  /**
   * Waits until `probe` answers with anything but false and null, and answers with that; failed assertions count as not
   * yet. It looks again whenever something was written, and a virtual clock is moved on for it. Throws what
   * it last saw when the limit has passed by the cluster's clock.
   */
  eventually<T>(probe: Probe<T>, options?: EventuallyOptions): Promise<Exclude<T, false | null>> {
    return eventually({ clock: this.clock, changes: this.#changes }, probe, options)
  }

  /** Adds a simulated node, and waits until Pods can be scheduled to it. Answers with its name. */
  async addNode(name: string = this.#nextNodeName()): Promise<string> {
    const ready = async (): Promise<void> => {
      await this.#engine.startNode(name)
      await this.#engine.whenSchedulable(name)
    }
    await finish(this.clock, ready())
    return name
  }

  /** Takes a node away: its machine and its Node. Its Pods are deleted, and those of controllers made anew elsewhere. */
  async removeNode(name: string): Promise<void> {
    this.#engine.stopNode(name)
    await this.client.delete(Node, { name }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }

  /**
   * A kubeconfig for clients outside of this process, as the admin or as somebody else. The first call opens an HTTPS
   * port on loopback, which closes with the cluster.
   */
  async kubeconfig(user: UserInfo = ADMIN): Promise<string> {
    this.#port ??= import('./embedded/https-port.node.ts').then(({ openHttpsPort }) =>
      openHttpsPort({ ...this.#platform, api: () => this.#engine.api, keys: this.#keys }),
    )
    return (await this.#port).kubeconfig(user)
  }

  /** The state as it is now, for any number of clusters to begin with. */
  snapshot(): ClusterSnapshot {
    const { clock } = this
    const frozen = virtualClock({ startMs: clock.now() })
    const store = this.#store.fork({ clock: frozen })
    const nodes = [...this.#engine.nodeNames]
    return {
      start: (more = {}) =>
        Cluster.#fork(
          { ...this.#options, ...more },
          { store, nodes, keys: this.#keys },
          frozen.now(),
        ),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    }
  }

  /**
   * A second cluster with the same objects and time, and components that have just been started. Neither sees what
   * becomes of the other. It answers at once; its components take up their work meanwhile.
   */
  async fork(options: ForkOptions = {}): Promise<Cluster> {
    await using snapshot = this.snapshot()
    return await snapshot.start(options)
  }

  static async #fork(
    options: ClusterOptions,
    { store, keys, nodes }: Beginning,
    nowMs: number,
  ): Promise<Cluster> {
    const changes = changesOf(options)
    const revision = store.snapshot().revision
    const platform = platformOf(options, nowMs, revision)
    const own = store.fork({ clock: platform.clock, onWrite: changes.tell })
    return Cluster.#start(options, platform, changes, { store: own, keys, nodes })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const port = await this.#port
    await port?.[Symbol.asyncDispose]()
    await finish(this.clock, this.#engine[Symbol.asyncDispose]())
    this.#outgoing?.[Symbol.dispose]()
    await this.#store[Symbol.asyncDispose]()
  }

  async #ready(): Promise<void> {
    // Pods cannot be created before their service account.
    await this.eventually(() =>
      this.client.get(ServiceAccount, { namespace: 'default', name: 'default' }),
    )
    const schedulable = [...this.#engine.nodeNames].map((name) =>
      this.#engine.whenSchedulable(name),
    )
    await finish(this.clock, Promise.all(schedulable))
  }

  #nextNodeName(): string {
    let number = this.#engine.nodeNames.size + 1
    while (this.#engine.nodeNames.has(`node-${number}`)) number += 1
    return `node-${number}`
  }
}

/** A state to begin with. It may be disposed when no more clusters are to begin with it. */
export interface ClusterSnapshot extends AsyncDisposable {
  start(options?: ForkOptions): Promise<Cluster>
}

/** All else is as in the cluster that it comes from. */
export type ForkOptions = Pick<ClusterOptions, 'logger' | 'onWrite' | 'seed'>

function changesOf({ onWrite }: ClusterOptions): Changes {
  const changes = new Changes()
  if (onWrite) changes.subscribe(onWrite)
  return changes
}

/** A fork draws other numbers than the cluster it comes from, so that it makes no name or UID again. */
function platformOf(options: ClusterOptions, startMs?: number, revision = 0): Platform {
  const { clock: kind = 'system', logger = silentLogger, freeze = false } = options
  const isVirtual = kind === 'virtual'
  const seed = options.seed ?? (isVirtual ? SEED_DEFAULT : undefined)
  const random =
    seed === undefined ? systemRandom : seededRandom(seed + Math.imul(revision, FORK_STRIDE))
  const clock = isVirtual
    ? virtualClusterClock(virtualClock(startMs === undefined ? {} : { startMs }))
    : realClusterClock(systemClock, keepAlive)
  const crypto = seed === undefined ? nodeCrypto() : seededCrypto(random)
  return { clock, random, crypto, logger, freeze }
}

// What few clusters are given is loaded for those.

async function encryptionOf(
  { encryptionConfiguration: text }: ClusterOptions,
  { random }: Platform,
): Promise<Pick<EngineOptions, 'transformerOf'>> {
  if (text === undefined) return {}
  const { parseEncryptionConfiguration } =
    await import('../apiserver/encryption/parse-encryption-configuration.ts')
  const { encryptionTransformers } = await import('../apiserver/encryption/transformers.ts')
  const { nodeCiphers } = await import('../apiserver/encryption/ciphers.node.ts')
  const configuration = parseEncryptionConfiguration(text)
  return { transformerOf: encryptionTransformers(configuration, nodeCiphers(random)) }
}

async function schedulerOf({
  schedulerConfiguration: text,
}: ClusterOptions): Promise<Pick<EngineOptions, 'scheduler'>> {
  if (text === undefined) return {}
  const { parseSchedulerConfiguration } =
    await import('../scheduler/config/parse-scheduler-configuration.ts')
  const { PLUGIN_NAMES } = await import('../scheduler/default-plugins.ts')
  const { connectHttpExtender } = await import('../scheduler/extender/http-extender.node.ts')
  const settings = parseSchedulerConfiguration(text, PLUGIN_NAMES)
  return { scheduler: { settings, connectExtender: connectHttpExtender } }
}

const FORK_STRIDE = 0x9e3779b9 // Odd and large, so that near revisions give seeds far apart.
