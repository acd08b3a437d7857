import { timestampOf, type Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import { SERVED_RESOURCES } from '../api/resources.ts'
import { Node } from '../api/core/v1/node.ts'
import { Pod } from '../api/core/v1/pod.ts'
import { createCatalog, type Catalog } from '../client/catalog.ts'
import type { Client } from '../client/client.ts'
import type { AnyObject } from '../client/dynamic-class.ts'
import type { Informer } from '../client/informer.ts'
import { indexBy } from '../client/object-cache.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import { createEventRecorder } from '../controller-runtime/event-recorder.ts'
import type { ResourceClass } from '../schema/resource.ts'
import { AwaitedRanges } from './awaited-ranges.ts'
import { Lives } from './lives.ts'
import { nodeAddress, ownPodCIDR, PodAddresses } from './node-addresses.ts'
import { NodeLeases } from './node-leases.ts'
import { FAKE_NODE } from './node-marks.ts'
import { NodeNumbers } from './node-numbers.ts'
import { isReady, nodeConditions, registerNode } from './register-node.ts'
import { type Kind, StageBook } from './stage-book.ts'
import type { CompiledStage } from './stages/compile-stage.ts'
import { STAGE_GROUP } from './stages/stage.ts'
import type { TemplateContext } from './template/functions.ts'

export interface SimulatedNodesOptions {
  readonly client: Client
  readonly informers: SharedInformers
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The names of the first nodes; `nodeNames(count)` gives those that are usual. */
  readonly names: readonly string[]
  /** Stages beside, or in place of, our own: `readStages`. Those in the API come to them. */
  readonly stages?: readonly CompiledStage[]
  /** Whether somebody gives each node a range of addresses, which its Pods then wait for; not where absent. */
  readonly givesRanges?: boolean
}

/** Nodes without machines. */
export interface SimulatedNodes extends AsyncDisposable {
  /** Registers a node, or has one that was stopped go on. */
  add(name: string): Promise<void>
  /** As if the machine were switched off: no more heartbeats, and its Pods stay as they are. */
  stop(name: string): void
}

const podsByNode = indexBy(Pod, 'node', ({ spec }) => (spec.nodeName ? [spec.nodeName] : []))

/** `node-1` to `node-COUNT`. */
export function nodeNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `node-${i + 1}`)
}

/**
 * Nodes without a machine: they register, keep their lease, and let the Pods that are bound to them live the life that
 * the stages describe. What they do, they do through the API alone, as a kubelet would.
 */
export async function startSimulatedNodes(options: SimulatedNodesOptions): Promise<SimulatedNodes> {
  const nodes = new Nodes(options)
  try {
    await Promise.all(options.names.map((name) => nodes.add(name)))
    nodes.follow()
    return nodes
  } catch (error) {
    await nodes[Symbol.asyncDispose]()
    throw error
  }
}

interface Home {
  readonly address: string
  /** The Node's. */
  readonly uid: string
  podAddresses: PodAddresses
  /** Whether it is being registered again. */
  isReporting: boolean
}

class Nodes implements SimulatedNodes {
  readonly #options: SimulatedNodesOptions
  readonly #homes = new Map<string, Home>()
  /** Being registered; the value tells one time from another. */
  readonly #starting = new Map<string, symbol>()
  readonly #stopped = new Set<string>()
  /** Nodes that have come, and whose Pods have not been looked at since. */
  readonly #unsettled = new Set<string>()
  readonly #leases: NodeLeases
  readonly #numbers = new NodeNumbers()
  readonly #abort = new AbortController()
  readonly #stack = new AsyncDisposableStack()
  readonly #book: StageBook
  readonly #lives = new Map<string, Lives<AnyObject>>()
  #follow: ((kind: Kind) => void) | undefined
  /** The timer by which nodes that have come are looked at. */
  #settling: Disposable | undefined
  readonly #awaitedRanges: AwaitedRanges
  readonly #pods: Informer<Pod>

  constructor(options: SimulatedNodesOptions) {
    this.#options = options
    this.#pods = options.informers.informer(Pod)
    this.#leases = this.#stack.use(new NodeLeases(options))
    const settle = (name: string): void => this.#settleSoon(name)
    this.#awaitedRanges = this.#stack.use(new AwaitedRanges(options.clock, settle))
    this.#book = new StageBook(options.stages ?? [], options.logger, (kind) => this.#follow?.(kind))
  }

  async add(name: string): Promise<void> {
    const { clock, client, givesRanges = false } = this.#options
    this.#stopped.delete(name)
    const time = Symbol(name)
    this.#starting.set(name, time)
    const number = this.#numbers.of(name)
    const address = nodeAddress(number)
    const registering = { client, clock, signal: this.#abort.signal }
    const { metadata, spec } = await registerNode(registering, name, address)
    // False where the node was switched off, or on once more, before it had registered.
    if (this.#starting.get(name) !== time) return
    this.#starting.delete(name)
    const podAddresses = this.#podAddresses(name, cidrOf(spec.podCIDR) ?? ownPodCIDR(number))
    this.#homes.set(name, { address, uid: metadata.uid, podAddresses, isReporting: false })
    if (givesRanges && spec.podCIDR === undefined) this.#awaitedRanges.add(name)
    await this.#leases.add(name)
    this.#settleSoon(name)
  }

  stop(name: string): void {
    this.#stopped.add(name)
    this.#forget(name)
  }

  /** Takes up the lives of all there is. */
  follow(): void {
    const { informers } = this.#options
    const use = <T extends Disposable>(each: T): T => this.#stack.use(each)
    const nodes = informers.informer(Node)
    const pods = this.#pods
    const see = (node: Node): void => this.#see(node)
    use(nodes.subscribe({ add: see, update: see, delete: (node) => this.#gone(node) }))
    use(
      pods.subscribe({
        add: (pod) => adopt(this.#homes.get(nodeOf(pod))?.podAddresses, pod),
        delete: (pod) => this.#homes.get(nodeOf(pod))?.podAddresses.release(pod.metadata.uid),
      }),
    )
    const events = createEventRecorder({ ...this.#options, component: 'kubelet' })
    this.#stack.defer(() => events.flush())
    const catalog = use(createCatalog(SERVED_RESOURCES, informers))
    const play = (type: ResourceClass<AnyObject>): void => {
      const stages = (): readonly CompiledStage[] => this.#book.of(versionAndKind(type))
      if (stages().length === 0 || this.#lives.has(keyOf(type))) return
      const contextOf = (object: AnyObject): TemplateContext | undefined =>
        this.#contextOf(type, object)
      const informer = informers.informer(type)
      const find: Catalog['find'] = (kind) => catalog.find(kind)
      const lives = new Lives({ ...this.#options, events, informer, stages, contextOf, find })
      this.#lives.set(keyOf(type), use(lives))
    }
    this.#follow = (kind) => {
      const type = catalog.find(kind)
      if (!type) return
      play(type)
      this.#lives.get(keyOf(type))?.settleAll()
    }
    use(
      catalog.subscribe({
        add: (type) => {
          play(type)
          if (isStage(type)) use(informers.informer(type).subscribe(this.#book.handlers))
        },
        remove: (type) => {
          this.#lives.get(keyOf(type))?.[Symbol.dispose]()
          this.#lives.delete(keyOf(type))
          if (type.resource.group !== '') void informers.stop(type)
        },
      }),
    )
    const settlePods = (): void => this.#lives.get(keyOf(Pod))?.settleAll()
    pods.waitForSync({ signal: this.#abort.signal }).then(settlePods, () => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('the simulated nodes are stopped'))
    this.#settling?.[Symbol.dispose]()
    await this.#stack.disposeAsync()
  }

  /** Looks at the Pods of a node that has come; all together where many come at once. */
  #settleSoon(name: string): void {
    if (this.#abort.signal.aborted) return
    this.#unsettled.add(name)
    if (this.#unsettled.size > 1) return
    this.#settling = this.#options.clock.after(0, () => {
      const names = new Set(this.#unsettled)
      this.#unsettled.clear()
      this.#lives.get(keyOf(Pod))?.settleAll((pod) => names.has(nodeOf(pod)))
    })
  }

  /** Where nobody plays the object's part, there is no context. */
  #contextOf(type: ResourceClass<AnyObject>, object: AnyObject): TemplateContext | undefined {
    const { kind } = type.resource
    if (kind !== 'Pod' && kind !== 'Node') return this.#context('', undefined, object)
    const name = kind === 'Pod' ? nodeOf(object) : object.metadata.name
    const home = this.#homes.get(name)
    if (!home) return undefined
    if (kind === 'Pod' && !this.#knowsAddresses(name)) return undefined
    return this.#context(name, home, object)
  }

  #knowsAddresses(node: string): boolean {
    // A Pod that is not seen yet may have the address that another one would get.
    return this.#pods.synced && !this.#awaitedRanges.has(node)
  }

  #context(nodeName: string, home: Home | undefined, { metadata }: AnyObject): TemplateContext {
    const nowMs = this.#options.clock.now()
    return {
      get now() {
        return timestampOf(nowMs)
      },
      nodeName,
      nodeAddress: home?.address ?? '',
      get podAddress() {
        return home?.podAddresses.take(metadata.uid) ?? ''
      },
      get nodeConditions() {
        return nodeConditions(this.now)
      },
    }
  }

  /** The addresses that a node gives, which knows those that its Pods have. */
  #podAddresses(node: string, cidr: string): PodAddresses {
    const addresses = new PodAddresses(cidr)
    for (const pod of this.#pods.cache.find(podsByNode, node)) adopt(addresses, pod)
    return addresses
  }

  #see(node: Node): void {
    const { name, annotations } = node.metadata
    const home = this.#homes.get(name)
    if (home) {
      const cidr = cidrOf(node.spec.podCIDR)
      if (cidr !== undefined && cidr !== home.podAddresses.cidr)
        home.podAddresses = this.#podAddresses(name, cidr)
      if (node.spec.podCIDR !== undefined) this.#awaitedRanges.given(name)
      this.#report(node, home)
    } else if (annotations?.[FAKE_NODE] === 'fake') this.#takeOver(name)
  }

  #takeOver(name: string): void {
    if (this.#starting.has(name) || this.#stopped.has(name)) return
    this.add(name).catch((error: unknown) => this.#failed('cannot simulate a node', name, error))
  }

  /** Says that a node is well where the control plane has come to think otherwise; stages for Nodes say more. */
  #report(node: Node, home: Home): void {
    const isPlayed = this.#book.of({ apiVersion: 'v1', kind: 'Node' }).length > 0
    if (home.isReporting || isPlayed || isReady(node)) return
    const { client, clock } = this.#options
    const { name } = node.metadata
    home.isReporting = true
    registerNode({ client, clock, signal: this.#abort.signal }, name, home.address)
      .catch((error: unknown) => this.#failed('cannot report a simulated node', name, error))
      .finally(() => (home.isReporting = false))
  }

  #failed(what: string, node: string, error: unknown): void {
    if (!this.#abort.signal.aborted) this.#options.logger.warn(what, { node, error: String(error) })
  }

  #gone({ metadata: { name, uid } }: Node): void {
    this.#stopped.delete(name)
    if (this.#homes.get(name)?.uid === uid) this.#forget(name)
  }

  #forget(name: string): void {
    this.#starting.delete(name)
    this.#leases.delete(name)
    this.#awaitedRanges.forget(name)
    this.#homes.delete(name)
    this.#numbers.release(name)
  }
}

function adopt(addresses: PodAddresses | undefined, { metadata, status }: Pod): void {
  if (status.podIP !== undefined) addresses?.adopt(metadata.uid, status.podIP)
}

function nodeOf(pod: object): string {
  return (pod as Pod).spec.nodeName ?? ''
}

/** The IPv4 range of a node; there is none where addresses are IPv6, or there are no more. */
function cidrOf(podCIDR: string | undefined): string | undefined {
  return podCIDR === undefined || podCIDR.includes(':') ? undefined : podCIDR
}

function keyOf({ resource }: { readonly resource: ResourceClass['resource'] }): string {
  return `${resource.kind}.${resource.group}`
}

function versionAndKind({ resource }: ResourceClass<AnyObject>) {
  const { group, version, kind } = resource
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind }
}

function isStage({ resource }: ResourceClass<AnyObject>): boolean {
  return resource.kind === 'Stage' && resource.group === STAGE_GROUP
}
