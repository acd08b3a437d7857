import type { NodeInfo } from './node-info.ts'

const KEPT_MAX = 1 << 16

/** Which nodes changed, in order, so that whoever looks again need not look at all of them. */
export class ChangeLog {
  #changed: NodeInfo[] = []
  #first = 0

  /** The position behind the last change. */
  get end(): number {
    return this.#first + this.#changed.length
  }

  note(node: NodeInfo): void {
    this.#changed.push(node)
    if (this.#changed.length < KEPT_MAX) return
    this.#changed = this.#changed.slice(KEPT_MAX / 2)
    this.#first += KEPT_MAX / 2
  }

  /** The nodes that changed since a position, some more than once; undefined where that is too long ago. */
  since(position: number): readonly NodeInfo[] | undefined {
    return position < this.#first ? undefined : this.#changed.slice(position - this.#first)
  }
}
