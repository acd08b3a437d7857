/** A number for each node, from 1 on: that in a usual name, so that a node keeps its addresses, else one that is free. */
export class NodeNumbers {
  readonly #numberOf = new Map<string, number>()
  readonly #taken = new Set<number>()
  #next = 1

  of(name: string): number {
    const known = this.#numberOf.get(name)
    if (known !== undefined) return known
    const usual = Number(/^node-([1-9]\d{0,4})$/.exec(name)?.[1] ?? 0)
    const number = usual > 0 && !this.#taken.has(usual) ? usual : this.#free()
    this.#numberOf.set(name, number)
    this.#taken.add(number)
    return number
  }

  release(name: string): void {
    const number = this.#numberOf.get(name)
    if (number === undefined) return
    this.#numberOf.delete(name)
    this.#taken.delete(number)
    this.#next = Math.min(this.#next, number)
  }

  #free(): number {
    while (this.#taken.has(this.#next)) this.#next += 1
    return this.#next
  }
}
