import type { NodeInfo } from '../../cache/node-info.ts'

/** A number for each domain: for each value of each label of nodes that matters. Zeros are not kept. */
export class DomainCounts {
  readonly #counts = new Map<string, Map<string, number>>()

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }

  /** Adds to the domain that the node is in; nothing where it is in none. */
  add({ labels }: NodeInfo, topologyKey: string, by: number): void {
    if (!Object.hasOwn(labels, topologyKey)) return
    const value = labels[topologyKey]!
    const counts = this.#counts.get(topologyKey) ?? new Map<string, number>()
    const sum = (counts.get(value) ?? 0) + by
    if (sum === 0) counts.delete(value)
    else counts.set(value, sum)
    if (counts.size === 0) this.#counts.delete(topologyKey)
    else this.#counts.set(topologyKey, counts)
  }

  of({ labels }: NodeInfo, topologyKey: string): number {
    const value = Object.hasOwn(labels, topologyKey) ? labels[topologyKey]! : undefined
    return value === undefined ? 0 : (this.#counts.get(topologyKey)?.get(value) ?? 0)
  }

  /** Whether any domain of the node has some. */
  hits(node: NodeInfo): boolean {
    for (const key of this.#counts.keys()) if (this.of(node, key) > 0) return true
    return false
  }

  /** Over all domains of the node. */
  sum(node: NodeInfo): number {
    let sum = 0
    for (const key of this.#counts.keys()) sum += this.of(node, key)
    return sum
  }

  clone(): DomainCounts {
    const copy = new DomainCounts()
    for (const [key, counts] of this.#counts) copy.#counts.set(key, new Map(counts))
    return copy
  }
}
