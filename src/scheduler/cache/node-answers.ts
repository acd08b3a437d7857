import { Memos } from './node-memo.ts'
import type { NodeInfo } from './node-info.ts'

/** What was found out of each node for Pods of one shape. An answer holds until the node or its Pods change. */
export class NodeAnswers<T> {
  #generations = new Float64Array(0)
  readonly #answers: T[] = []

  /** Whether there is an answer. */
  has(node: NodeInfo): boolean {
    return this.#generations[node.slot] === node.generation
  }

  /** The answer that there is. */
  get(node: NodeInfo): T {
    return this.#answers[node.slot]!
  }

  set(node: NodeInfo, answer: T): void {
    const { slot } = node
    if (slot < 0) return
    if (slot >= this.#generations.length) this.#grow(slot + 1, answer)
    this.#generations[slot] = node.generation
    this.#answers[slot] = answer
  }

  /** The answer; `find` gives it where there is none. */
  of(node: NodeInfo, find: (node: NodeInfo) => T): T {
    if (this.has(node)) return this.get(node)
    const answer = find(node)
    this.set(node, answer)
    return answer
  }

  #grow(length: number, filler: T): void {
    const generations = new Float64Array(Math.max(length, 2 * this.#generations.length))
    generations.set(this.#generations)
    this.#generations = generations
    // Without holes, so that it stays a plain array; the generations tell what counts.
    while (this.#answers.length < generations.length) this.#answers.push(filler)
  }
}

const SEEN_MAX = 1024

/** Answers by the shape of Pods, from the second Pod of a shape on: for one that comes alone it does not pay. */
export class AnswersByShape<T> {
  readonly #byShape = new Memos<NodeAnswers<T>>()
  readonly #seen = new Set<string>()

  of(shape: string): NodeAnswers<T> | undefined {
    if (this.#seen.has(shape)) return this.#byShape.get(shape, () => new NodeAnswers<T>())
    if (this.#seen.size >= SEEN_MAX) this.#seen.clear()
    this.#seen.add(shape)
    return undefined
  }
}
