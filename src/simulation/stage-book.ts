import { ParseError } from '../apimachinery/parse-error.ts'
import type { Logger } from '../base/logger.ts'
import type { AnyObject } from '../client/dynamic-class.ts'
import type { Handlers } from '../client/informer.ts'
import type { CompiledStage } from './stages/compile-stage.ts'
import { defaultStages } from './stages/default-stages.ts'
import { readStage } from './stages/read-stages.ts'

/** All stages that are played: our own, those of a file, and those in the API; later ones replace earlier ones of their name. */
export class StageBook {
  readonly #logger: Logger
  readonly #changed: () => void
  readonly #given: ReadonlyMap<string, CompiledStage>
  readonly #stored = new Map<string, CompiledStage>()
  #byKind: ReadonlyMap<string, readonly CompiledStage[]>

  constructor(given: readonly CompiledStage[], logger: Logger, changed: () => void) {
    this.#logger = logger
    this.#changed = changed
    this.#given = new Map([...defaultStages(), ...given].map((each) => [each.name, each]))
    this.#byKind = this.#sorted()
  }

  /** The kinds that stages are about. */
  get kinds(): readonly Kind[] {
    return [...this.#byKind.values()].map(([first]) => first!)
  }

  of({ apiVersion, kind }: Kind): readonly CompiledStage[] {
    return this.#byKind.get(`${apiVersion}/${kind}`) ?? []
  }

  /** Follows the stages in the API. */
  get handlers(): Handlers<AnyObject> {
    const put = (object: AnyObject): void => this.#put(object)
    return {
      add: put,
      update: put,
      delete: ({ metadata }) => {
        if (this.#stored.delete(metadata.name)) this.#update()
      },
    }
  }

  #put(object: AnyObject): void {
    try {
      this.#stored.set(object.metadata.name, readStage(object))
    } catch (error) {
      if (!(error instanceof ParseError)) throw error
      this.#stored.delete(object.metadata.name)
      this.#logger.warn('a Stage cannot be played', { error: error.message })
    }
    this.#update()
  }

  #update(): void {
    this.#byKind = this.#sorted()
    this.#changed()
  }

  #sorted(): ReadonlyMap<string, readonly CompiledStage[]> {
    const all = new Map([...this.#given, ...this.#stored])
    return Map.groupBy(all.values(), ({ apiVersion, kind }) => `${apiVersion}/${kind}`)
  }
}

type Kind = Pick<CompiledStage, 'apiVersion' | 'kind'>
