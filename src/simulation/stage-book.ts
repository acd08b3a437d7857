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
  readonly #changed: (kind: Kind) => void
  readonly #given: ReadonlyMap<string, CompiledStage>
  readonly #stored = new Map<string, CompiledStage>()
  #byKind: ReadonlyMap<string, readonly CompiledStage[]>

  /** `changed` is told of each kind that is played otherwise from then on. */
  constructor(given: readonly CompiledStage[], logger: Logger, changed: (kind: Kind) => void) {
    this.#logger = logger
    this.#changed = changed
    this.#given = new Map([...defaultStages(), ...given].map((each) => [each.name, each]))
    this.#byKind = this.#sorted()
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
      delete: ({ metadata }) => this.#replace(metadata.name, undefined),
    }
  }

  #put(object: AnyObject): void {
    this.#replace(object.metadata.name, this.#read(object))
  }

  #read(object: AnyObject): CompiledStage | undefined {
    try {
      return readStage(object)
    } catch (error) {
      if (!(error instanceof ParseError)) throw error
      this.#logger.warn('a Stage cannot be played', { error: error.message })
      return undefined
    }
  }

  #replace(name: string, stored: CompiledStage | undefined): void {
    const before = this.#named(name)
    if (stored) this.#stored.set(name, stored)
    else this.#stored.delete(name)
    const now = this.#named(name)
    if (before === now) return
    this.#byKind = this.#sorted()
    if (before) this.#changed(before)
    if (now && (before?.apiVersion !== now.apiVersion || before.kind !== now.kind))
      this.#changed(now)
  }

  #named(name: string): CompiledStage | undefined {
    return this.#stored.get(name) ?? this.#given.get(name)
  }

  #sorted(): ReadonlyMap<string, readonly CompiledStage[]> {
    const all = new Map([...this.#given, ...this.#stored])
    return Map.groupBy(all.values(), ({ apiVersion, kind }) => `${apiVersion}/${kind}`)
  }
}

export type Kind = Pick<CompiledStage, 'apiVersion' | 'kind'>
