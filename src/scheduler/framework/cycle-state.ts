/** Names a value that plugins keep during the cycle of one Pod, and gives it a type. */
export interface StateKey<T> {
  readonly name: string
  /** Copies the value where a trial (preemption, nominated Pods) will change it; shared where absent. */
  readonly clone?: (value: T) => T
}

export function stateKey<T>(name: string, clone?: (value: T) => T): StateKey<T> {
  return clone ? { name, clone } : { name }
}

/** What plugins remember from one step of a cycle to the next. */
export class CycleState {
  readonly #values = new Map<StateKey<unknown>, unknown>()
  /** Plugins whose Filter, or Score, has nothing to do for this Pod. */
  readonly skipFilter = new Set<string>()
  readonly skipScore = new Set<string>()

  read<T>(key: StateKey<T>): T | undefined {
    return this.#values.get(key as StateKey<unknown>) as T | undefined
  }

  write<T>(key: StateKey<T>, value: T): void {
    this.#values.set(key as StateKey<unknown>, value)
  }

  clone(): CycleState {
    const copy = new CycleState()
    for (const [key, value] of this.#values) {
      copy.#values.set(key, key.clone ? key.clone(value) : value)
    }
    for (const name of this.skipFilter) copy.skipFilter.add(name)
    for (const name of this.skipScore) copy.skipScore.add(name)
    return copy
  }
}
