import type { NodeInfo } from '../../cache/node-info.ts'
import { NodeMemo, type ChangingNodes } from '../../cache/node-memo.ts'

/** What a node adds to its domain. */
interface Share {
  readonly value: string
  readonly count: number
}

/** How many matching Pods each domain has, those with none included. Only nodes that changed are counted again. */
export class DomainTotals {
  readonly #counts = new Map<string, number>()
  readonly #nodes = new Map<string, number>()
  readonly #memo: NodeMemo<Share | undefined>

  /** `shareOf` gives what a node adds; undefined where it does not count. */
  constructor(shareOf: (node: NodeInfo) => Share | undefined) {
    this.#memo = new NodeMemo(shareOf, (before, after) => {
      if (before) this.#add(before, -1)
      if (after) this.#add(after, 1)
    })
  }

  /** Not to be changed; good until nodes change. */
  of(nodes: ChangingNodes): ReadonlyMap<string, number> {
    this.#memo.of(nodes)
    return this.#counts
  }

  #add({ value, count }: Share, sign: 1 | -1): void {
    const nodes = (this.#nodes.get(value) ?? 0) + sign
    if (nodes === 0) {
      this.#nodes.delete(value)
      this.#counts.delete(value)
      return
    }
    this.#nodes.set(value, nodes)
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + sign * count)
  }
}
