import { timestamp, type Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { randomInt, type Random } from '../base/random.ts'
import { isConflict, isNotFound } from '../apimachinery/status-predicates.ts'
import { Pod } from '../api/core/v1/pod.ts'
import type { Client } from '../client/client.ts'
import type { Handlers, Informer } from '../client/informer.ts'
import type { PodAddresses } from './node-addresses.ts'
import type { PodStage, StageContext } from './pod-stages.ts'

/** A node as its Pods see it. */
export interface PodHome {
  readonly address: string
  readonly podAddresses: PodAddresses
}

export interface PodLivesOptions {
  readonly client: Client
  readonly pods: Informer<Pod>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly stages: readonly PodStage[]
  /** Undefined where the node is none of these, or is switched off. */
  readonly homeOf: (node: string) => PodHome | undefined
}

const RETRY_MS = 1000

/** Takes each Pod of the simulated nodes from stage to stage. */
export class PodLives implements Disposable {
  readonly #options: PodLivesOptions
  readonly #waiting = new Map<string, Disposable>()
  readonly #following: Disposable

  constructor(options: PodLivesOptions) {
    this.#options = options
    const settle = (pod: Pod): void => this.settle(pod)
    const handlers: Handlers<Pod> = { add: settle, update: settle, delete: (pod) => this.#end(pod) }
    this.#following = options.pods.subscribe(handlers)
  }

  /** Begins the stage that the Pod is to take next, if any. */
  settle(pod: Pod): void {
    this.#stop(keyOf(pod))
    const { random, stages, homeOf } = this.#options
    const home = homeOf(pod.spec.nodeName ?? '')
    if (!home) return
    if (pod.status.podIP !== undefined) home.podAddresses.adopt(pod.metadata.uid, pod.status.podIP)
    const stage = stages.find((each) => each.selects(pod))
    if (!stage) return
    const delayMs = stage.delayMs + randomInt(random, stage.jitterMs + 1)
    if (delayMs === 0) void this.#take(pod, stage, home)
    else this.#wait(pod, delayMs, () => void this.#take(pod, stage, home))
  }

  /** Looks again at all Pods of a node. */
  settleAll(node: string): void {
    for (const pod of this.#options.pods.cache.list())
      if (pod.spec.nodeName === node) this.settle(pod)
  }

  [Symbol.dispose](): void {
    this.#following[Symbol.dispose]()
    for (const timer of this.#waiting.values()) timer[Symbol.dispose]()
    this.#waiting.clear()
  }

  async #take(pod: Pod, stage: PodStage, home: PodHome): Promise<void> {
    const { client, clock, logger } = this.#options
    const { uid } = pod.metadata
    if (this.#options.homeOf(pod.spec.nodeName ?? '') !== home) return // Switched off meanwhile.
    const context: StageContext = {
      nodeAddress: home.address,
      now: timestamp(clock),
      get podAddress() {
        return home.podAddresses.take(uid)
      },
    }
    try {
      await move(client, pod, stage.next(pod, context))
    } catch (error) {
      // The Pod changed or went meanwhile; the event that says so settles it again.
      if (isConflict(error) || isNotFound(error)) return
      logger.warn('a simulated Pod is held up', { pod: keyOf(pod), error: String(error) })
      this.#wait(pod, RETRY_MS, () => {
        const current = this.#options.pods.cache.get(pod.metadata)
        if (current) this.settle(current)
      })
    }
  }

  #wait(pod: Pod, ms: number, callback: () => void): void {
    const key = keyOf(pod)
    this.#stop(key)
    const timer = this.#options.clock.after(ms, () => {
      this.#waiting.delete(key)
      callback()
    })
    this.#waiting.set(key, timer)
  }

  #stop(key: string): void {
    this.#waiting.get(key)?.[Symbol.dispose]()
    this.#waiting.delete(key)
  }

  #end(pod: Pod): void {
    this.#stop(keyOf(pod))
    const home = this.#options.homeOf(pod.spec.nodeName ?? '')
    if (pod.status.podIP !== undefined)
      home?.podAddresses.release(pod.metadata.uid, pod.status.podIP)
  }
}

async function move(client: Client, pod: Pod, next: Pod['status'] | 'remove'): Promise<void> {
  if (next !== 'remove') {
    await client.updateStatus(Pod, { ...pod, status: next })
    return
  }
  const { uid } = pod.metadata
  await client.delete(Pod, pod.metadata, { gracePeriodSeconds: 0, preconditions: { uid } })
}

function keyOf({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`
}
