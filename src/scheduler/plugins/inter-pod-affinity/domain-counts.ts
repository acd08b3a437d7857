import type { NodeInfo } from '../../cache/node-info.ts'
import { NodeMemo, type ChangingNodes } from '../../cache/node-memo.ts'

/** A number for each domain: for each value of each label of nodes that matters. Zeros are not kept. */
export class DomainCounts {
  readonly #counts = new Map<string, Map<string, number>>()

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }

  /** Adds to the domain that the node is in; nothing where it is in none. */
  add({ labels }: NodeInfo, topologyKey: string, by: number): void {
    if (Object.hasOwn(labels, topologyKey)) this.addTo(topologyKey, labels[topologyKey]!, by)
  }

  addTo(topologyKey: string, value: string, by: number): void {
    const counts = this.#counts.get(topologyKey) ?? new Map<string, number>()
    const sum = (counts.get(value) ?? 0) + by
    if (sum === 0) counts.delete(value)
    else counts.set(value, sum)
    if (counts.size === 0) this.#counts.delete(topologyKey)
    else this.#counts.set(topologyKey, counts)
  }

  of({ labels }: NodeInfo, topologyKey: string): number {
    const counts = this.#counts.get(topologyKey)
    if (!counts) return 0
    const value = Object.hasOwn(labels, topologyKey) ? labels[topologyKey]! : undefined
    return value === undefined ? 0 : (counts.get(value) ?? 0)
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

/** What the Pods of a node add to a domain. */
export interface Share {
  readonly topologyKey: string
  readonly value: string
  readonly count: number
}

/** Counts over all nodes that are kept up to date: only nodes that changed are counted again. */
export class MemoizedCounts {
  readonly #counts = new DomainCounts()
  readonly #memo: NodeMemo<readonly Share[] | undefined>

  /** `sharesOf` gives what a node adds, by the labels that it has now. */
  constructor(sharesOf: (node: NodeInfo) => readonly Share[] | undefined) {
    this.#memo = new NodeMemo(sharesOf, (before = NONE, after = NONE) => {
      for (const { topologyKey, value, count } of before)
        this.#counts.addTo(topologyKey, value, -count)
      for (const { topologyKey, value, count } of after)
        this.#counts.addTo(topologyKey, value, count)
    })
  }

  /** Not to be changed; good until nodes change. */
  of(nodes: ChangingNodes): DomainCounts {
    this.#memo.of(nodes)
    return this.#counts
  }
}

const NONE: readonly Share[] = []

/** A share of the domain that the node is in; none where it is in none. */
export function shareOf(
  { labels }: NodeInfo,
  topologyKey: string,
  count: number,
): readonly Share[] {
  if (count === 0 || !Object.hasOwn(labels, topologyKey)) return NONE
  return [{ topologyKey, value: labels[topologyKey]!, count }]
}
