/** Lets work on the same thing begin only when what was begun before has ended. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const turn = (async () => {
      await before?.catch(() => undefined) // Whoever began it was told.
      return work()
    })()
    this.#last.set(key, turn)
    try {
      return await turn
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
  }

  /** Resolves once all that has begun has ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#last.values())
  }
}
