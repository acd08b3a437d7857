import { serviceUnavailable } from '../../apimachinery/status-error.ts'

/** Something that runs, and can be stopped and started anew in place. */
export class Restartable<T extends AsyncDisposable> implements AsyncDisposable {
  readonly #name: string
  readonly #make: () => Promise<T>
  #current: T | undefined
  #disposed = false

  private constructor(name: string, make: () => Promise<T>) {
    this.#name = name
    this.#make = make
  }

  static async start<T extends AsyncDisposable>(
    name: string,
    make: () => Promise<T>,
  ): Promise<Restartable<T>> {
    const part = new Restartable(name, make)
    part.#current = await make()
    return part
  }

  /** What runs now. Throws `ServiceUnavailable` while it is down. */
  get current(): T {
    if (!this.#current) throw serviceUnavailable(`${this.#name} is down`)
    return this.#current
  }

  /** What runs now; undefined while it is down. */
  get running(): T | undefined {
    return this.#current
  }

  /** Stops it, and starts it without anything that it remembered. Does nothing while that is under way. */
  async restart(): Promise<void> {
    const before = this.#current
    if (!before) return
    this.#current = undefined
    await before[Symbol.asyncDispose]()
    const after = await this.#make()
    if (this.#disposed) await after[Symbol.asyncDispose]()
    else this.#current = after
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    const current = this.#current
    this.#current = undefined
    await current?.[Symbol.asyncDispose]()
  }
}
