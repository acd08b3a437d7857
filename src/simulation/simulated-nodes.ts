import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import { Node } from '../api/core/v1/node.ts'
import { Pod } from '../api/core/v1/pod.ts'
import type { Client } from '../client/client.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import { nodeAddress, PodAddresses } from './node-addresses.ts'
import { NodeLeases } from './node-leases.ts'
import { PodLives, type PodHome } from './pod-lives.ts'
import { FAST_STAGES, type PodStage } from './pod-stages.ts'
import { isReady, registerNode } from './register-node.ts'

export interface SimulatedNodesOptions {
  readonly client: Client
  readonly informers: SharedInformers
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The names of the first nodes; `nodeNames(count)` gives those that are usual. */
  readonly names: readonly string[]
  readonly stages?: readonly PodStage[]
}

/** Nodes without machines. */
export interface SimulatedNodes extends AsyncDisposable {
  /** Registers a node, or has one that was stopped go on. */
  add(name: string): Promise<void>
  /** As if the machine were switched off: no more heartbeats, and its Pods stay as they are. */
  stop(name: string): void
}

/** `node-1` to `node-COUNT`. */
export function nodeNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `node-${i + 1}`)
}

/**
 * Nodes without a machine: they register, keep their lease, and let the Pods that are bound to them live the life that
 * the stages describe. What they do, they do through the API alone, as a kubelet would.
 */
export async function startSimulatedNodes(options: SimulatedNodesOptions): Promise<SimulatedNodes> {
  const { informers, logger, names, stages = FAST_STAGES } = options
  const homes = new Map<string, Home>()
  const starting = new Map<string, Home>()
  const leases = new NodeLeases(options)
  const numbers = new NodeNumbers()
  const abort = new AbortController()
  const registering = { ...options, signal: abort.signal }

  // False where the node was switched off, or on once more, before it had registered.
  const add = async (name: string): Promise<boolean> => {
    const number = numbers.of(name)
    const address = nodeAddress(number)
    const home: Home = { address, podAddresses: new PodAddresses(number), reporting: false }
    starting.set(name, home)
    await registerNode(registering, name, address)
    if (starting.get(name) !== home) return false
    starting.delete(name)
    homes.set(name, home)
    await leases.add(name)
    return true
  }
  await Promise.all(names.map(add))
  const lives = new PodLives({
    ...options,
    stages,
    pods: informers.informer(Pod),
    homeOf: (node) => homes.get(node),
  })
  // Says that a node is well where the control plane has come to think otherwise.
  const report = (node: Node): void => {
    const { name } = node.metadata
    const home = homes.get(name)
    if (!home || home.reporting || isReady(node)) return
    home.reporting = true
    registerNode(registering, name, home.address)
      .catch((error: unknown) => {
        if (!abort.signal.aborted)
          logger.warn('cannot report a simulated node', { node: name, error: String(error) })
      })
      .finally(() => (home.reporting = false))
  }
  const following = informers.informer(Node).subscribe({ add: report, update: report })

  return {
    async add(name) {
      if (await add(name)) lives.settleAll(name)
    },
    stop(name) {
      starting.delete(name)
      leases.delete(name)
      homes.delete(name)
      numbers.release(name)
    },
    async [Symbol.asyncDispose]() {
      abort.abort(new Error('the simulated nodes are stopped'))
      following[Symbol.dispose]()
      leases[Symbol.dispose]()
      lives[Symbol.dispose]()
    },
  }
}

interface Home extends PodHome {
  /** Whether it is being registered again. */
  reporting: boolean
}

/** The number in a usual name, so that a node keeps its addresses; else one that is free. */
class NodeNumbers {
  readonly #names = new Map<number, string>()

  of(name: string): number {
    let number = Number(/^node-([1-9]\d{0,4})$/.exec(name)?.[1] ?? 1)
    while (this.#names.has(number)) number += 1
    this.#names.set(number, name)
    return number
  }

  release(name: string): void {
    for (const [number, taker] of this.#names) if (taker === name) this.#names.delete(number)
  }
}
