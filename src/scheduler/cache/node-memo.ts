import type { NodeInfo } from './node-info.ts'

/** What was worked out of each node, kept until the node or its Pods change. */
export class NodeMemo<T> {
  readonly #compute: (node: NodeInfo) => T
  #order: readonly NodeInfo[] = []
  #values: T[] = []
  #places: ReadonlyMap<NodeInfo, number> = new Map()
  #generations = new Float64Array(0)

  constructor(compute: (node: NodeInfo) => T) {
    this.#compute = compute
  }

  /** The values in the order of the nodes. Only nodes that changed are looked at. */
  of(nodes: readonly NodeInfo[]): readonly T[] {
    if (nodes !== this.#order) this.#reset(nodes)
    for (let i = 0; i < nodes.length; i += 1) {
      const node = nodes[i]!
      if (this.#generations[i] === node.generation) continue
      this.#generations[i] = node.generation
      this.#values[i] = this.#compute(node)
    }
    return this.#values
  }

  /** The value of one of the nodes that `of` was asked about last. */
  get(node: NodeInfo): T | undefined {
    const i = this.#places.get(node)
    return i === undefined ? undefined : this.#values[i]
  }

  #reset(nodes: readonly NodeInfo[]): void {
    this.#order = nodes
    this.#places = new Map(nodes.map((node, i) => [node, i]))
    this.#values = Array.from({ length: nodes.length })
    this.#generations = new Float64Array(nodes.length)
  }
}

const MEMOS_MAX = 32

/** Memos by the shape of the question; those not asked for the longest time are dropped. */
export class NodeMemos<T> {
  readonly #memos = new Map<string, NodeMemo<T>>()

  get(key: string, compute: (node: NodeInfo) => T): NodeMemo<T> {
    const memo = this.#memos.get(key) ?? new NodeMemo(compute)
    this.#memos.delete(key)
    this.#memos.set(key, memo)
    if (this.#memos.size > MEMOS_MAX) this.#memos.delete(this.#memos.keys().next().value!)
    return memo
  }
}
