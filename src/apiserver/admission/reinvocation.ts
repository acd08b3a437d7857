import { equal } from '../../apimachinery/equality.ts'

/**
 * Which webhooks and policies are to be asked again within one request: those with `reinvocationPolicy: IfNeeded`, once
 * something after them changed the object. The whole chain is run a second time then, and never a third.
 */
export class Reinvocation {
  #isAgain = false
  #isNeeded = false
  readonly #byPlugin = new Map<string, PluginReinvocation>()

  /** Whether this is the second run. */
  get isAgain(): boolean {
    return this.#isAgain
  }

  /** Begins the second run, where one is needed. */
  begin(): boolean {
    if (!this.#isNeeded || this.#isAgain) return false
    this.#isAgain = true
    return true
  }

  of(plugin: string): PluginReinvocation {
    return this.#byPlugin.getOrInsertComputed(
      plugin,
      () => new PluginReinvocation(this, () => (this.#isNeeded = true)),
    )
  }
}

class PluginReinvocation {
  readonly #all: Reinvocation
  readonly #need: () => void
  readonly #asked = new Set<string>()
  readonly #askAgain = new Set<string>()
  #lastOutput: unknown

  constructor(all: Reinvocation, need: () => void) {
    this.#all = all
    this.#need = need
  }

  /** The plugin begins with this object. */
  begin(object: unknown): void {
    if (this.#all.isAgain && !equal(object, this.#lastOutput)) this.#requireAsked()
  }

  /** Whether it is this one's turn. */
  mayAsk(id: string): boolean {
    return !this.#all.isAgain || this.#askAgain.has(id)
  }

  /** One was asked, and changed the object or not. */
  asked(
    id: string,
    { changed, ifNeeded }: { readonly changed: boolean; readonly ifNeeded: boolean },
  ): void {
    if (changed) {
      this.#requireAsked()
      this.#need()
    }
    if (ifNeeded) this.#asked.add(id)
  }

  /** The plugin is done, and leaves this object. */
  end(object: unknown): void {
    this.#lastOutput = object
  }

  #requireAsked(): void {
    for (const id of this.#asked) this.#askAgain.add(id)
    this.#asked.clear()
  }
}
