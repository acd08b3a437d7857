import type { WatchItem } from './event.ts'

/** What watches of one filter are told at once. They share the batch, and each encoding of it is made once. */
export class Batch {
  readonly items: readonly WatchItem[]
  #encodings: Map<string, unknown> | undefined

  constructor(items: readonly WatchItem[]) {
    this.items = items
  }

  /** The encoding of that name, made on first use. */
  encoding<T>(name: string, make: (items: readonly WatchItem[]) => T): T {
    this.#encodings ??= new Map()
    if (!this.#encodings.has(name)) this.#encodings.set(name, make(this.items))
    return this.#encodings.get(name) as T
  }
}

/** The batch without what a watch that begins at `revision` has seen already. */
export function after(batch: Batch, revision: number): Batch {
  const { items } = batch
  // They are in order.
  const first = items.findIndex((item) => item.revision > revision)
  return first === 0 ? batch : new Batch(first < 0 ? [] : items.slice(first))
}
