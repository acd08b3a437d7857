import type { NodeInfo } from './node-info.ts'
import type { ChangeLog } from './change-log.ts'

/** The nodes, and which of them changed. */
export interface ChangingNodes {
  list(): readonly NodeInfo[]
  readonly changes: ChangeLog
}

/** What was worked out of each node, kept until the node or its Pods change. */
export class NodeMemo<T> {
  readonly #compute: (node: NodeInfo) => T
  readonly #replace: (before: T | undefined, after: T | undefined) => void
  #order: readonly NodeInfo[] = []
  #values: T[] = []
  #places: ReadonlyMap<NodeInfo, number> = new Map()
  #generations = new Float64Array(0)
  #position = -1

  /** `replace` is told of each value that comes in place of another. */
  constructor(
    compute: (node: NodeInfo) => T,
    replace: (before: T | undefined, after: T | undefined) => void = () => undefined,
  ) {
    this.#compute = compute
    this.#replace = replace
  }

  /** The values in the order of the nodes. Only nodes that changed are looked at. */
  of(nodes: ChangingNodes): readonly T[] {
    const order = nodes.list()
    const changed = order === this.#order ? nodes.changes.since(this.#position) : undefined
    this.#position = nodes.changes.end
    if (changed) for (const node of changed) this.#update(node)
    else this.#reset(order)
    return this.#values
  }

  /** The value of one of the nodes that `of` was asked about last. */
  get(node: NodeInfo): T | undefined {
    const i = this.#places.get(node)
    return i === undefined ? undefined : this.#values[i]
  }

  #update(node: NodeInfo): void {
    const i = this.#places.get(node)
    if (i === undefined || this.#generations[i] === node.generation) return
    this.#generations[i] = node.generation
    const before = this.#values[i]
    this.#replace(before, (this.#values[i] = this.#compute(node)))
  }

  #reset(order: readonly NodeInfo[]): void {
    for (const before of this.#values) this.#replace(before, undefined)
    this.#order = order
    this.#places = new Map(order.map((node, i) => [node, i]))
    this.#generations = Float64Array.from(order, ({ generation }) => generation)
    this.#values = order.map((node) => this.#compute(node))
    for (const after of this.#values) this.#replace(undefined, after)
  }
}

const MEMOS_MAX = 32

/** Memos by the shape of the question; those not asked for the longest time are dropped. */
export class Memos<M> {
  readonly #memos = new Map<string, M>()

  get(key: string, make: () => M): M {
    const memo = this.#memos.get(key) ?? make()
    this.#memos.delete(key)
    this.#memos.set(key, memo)
    if (this.#memos.size > MEMOS_MAX) this.#memos.delete(this.#memos.keys().next().value!)
    return memo
  }
}
