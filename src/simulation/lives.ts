import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import { isConflict, isNotFound } from '../apimachinery/status-predicates.ts'
import type { Client } from '../client/client.ts'
import type { Catalog } from '../client/catalog.ts'
import type { AnyObject } from '../client/dynamic-class.ts'
import type { Informer } from '../client/informer.ts'
import { keyText } from '../client/object-key.ts'
import type { EventRecorder } from '../controller-runtime/event-recorder.ts'
import { playStep } from './play-step.ts'
import { chooseStage, type CompiledStage } from './stages/compile-stage.ts'
import type { TemplateContext } from './template/functions.ts'

export interface LivesOptions<T extends AnyObject> {
  readonly client: Client
  readonly informer: Informer<T>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly events: EventRecorder
  /** Those of this kind, as they are now. */
  readonly stages: () => readonly CompiledStage[]
  /** Who plays the object's part; undefined where nobody does, such as for a Pod of another node. */
  readonly contextOf: (object: T) => TemplateContext | undefined
  /** Finds the kinds of further objects that stages make. */
  readonly find: Catalog['find']
}

const RETRY_MS = 1000

interface Waiting extends Disposable {
  readonly stage: CompiledStage
  readonly uid: string
}

/** Takes each object of a kind from stage to stage. */
export class Lives<T extends AnyObject> implements Disposable {
  readonly #options: LivesOptions<T>
  readonly #waiting = new Map<string, Waiting>()
  readonly #following: Disposable
  #isDisposed = false

  constructor(options: LivesOptions<T>) {
    this.#options = options
    const settle = (object: T): void => this.settle(object)
    this.#following = options.informer.subscribe({
      add: settle,
      update: settle,
      delete: ({ metadata }) => this.#stop(keyText(metadata)),
    })
  }

  /** Begins the stage that the object is to take next, if any. What it waits for already goes on. */
  settle(object: T): void {
    const { random, clock, stages, contextOf } = this.#options
    const key = keyText(object.metadata)
    const waiting = this.#waiting.get(key)
    const isPlayed = contextOf(object) !== undefined
    const goesOn = waiting?.uid === object.metadata.uid && this.#canTake(object, waiting.stage)
    if (isPlayed && goesOn) return
    this.#stop(key)
    const stage = isPlayed ? chooseStage(stages(), object, random) : undefined
    if (!stage) return
    const delayMs = stage.delayMs(object, clock.now(), random)
    if (delayMs <= 0) void this.#take(object, stage)
    else this.#wait(object, stage, delayMs)
  }

  /** Looks again at all objects of a kind, or at some. */
  settleAll(selects: (object: T) => boolean = () => true): void {
    for (const object of this.#options.informer.cache.list())
      if (selects(object)) this.settle(object)
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    this.#following[Symbol.dispose]()
    for (const timer of this.#waiting.values()) timer[Symbol.dispose]()
    this.#waiting.clear()
  }

  async #take(object: T, stage: CompiledStage): Promise<void> {
    const { informer, contextOf, logger } = this.#options
    const context = contextOf(object)
    if (!context) return // Switched off meanwhile.
    try {
      const { type } = informer
      let current = object
      for (const step of stage.steps)
        current = await playStep({ ...this.#options, type }, current, step, context)
    } catch (error) {
      // The object changed or went meanwhile; the event that says so settles it again.
      if (this.#isDisposed || isConflict(error) || isNotFound(error)) return
      const { kind } = informer.type.resource
      const about = { kind, object: keyText(object.metadata), stage: stage.name }
      logger.warn('a simulated object is held up', { ...about, error: String(error) })
      this.#wait(object, stage, RETRY_MS)
    }
  }

  #wait({ metadata }: T, stage: CompiledStage, ms: number): void {
    const key = keyText(metadata)
    this.#stop(key)
    const timer = this.#options.clock.after(ms, () => {
      this.#waiting.delete(key)
      const object = this.#options.informer.cache.get(metadata)
      if (!object) return
      if (this.#canTake(object, stage)) void this.#take(object, stage)
      else this.settle(object)
    })
    const { uid } = metadata
    this.#waiting.set(key, { stage, uid, [Symbol.dispose]: () => timer[Symbol.dispose]() })
  }

  /** Whether a stage that was chosen for the object is still one for it: stages come, change and go. */
  #canTake(object: T, stage: CompiledStage): boolean {
    return this.#options.stages().includes(stage) && stage.selects(object)
  }

  #stop(key: string): void {
    this.#waiting.get(key)?.[Symbol.dispose]()
    this.#waiting.delete(key)
  }
}
