import type { Random } from '../../base/random.ts'
import { RangeAllocator } from './range-allocator.ts'

/** The first and the last port of nodes that Services may use. */
export type PortSpan = readonly [number, number]

/** The ports of nodes that Services may use, and which of them are taken. */
export class PortRange {
  readonly span: PortSpan
  readonly #allocator: RangeAllocator

  constructor(span: PortSpan, used: Iterable<number> = []) {
    const [from, to] = span
    const size = to - from + 1
    this.span = span
    // KEP-3668; a range that is too small has no lower band.
    const lowerBand = size < 32 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128)
    const inside = [...used].filter((port) => this.isInside(port))
    this.#allocator = new RangeAllocator(
      size,
      lowerBand,
      inside.map((port) => port - from),
    )
  }

  /** The ports that are taken. */
  get used(): ReadonlySet<number> {
    return new Set([...this.#allocator.used].map((offset) => offset + this.span[0]))
  }

  isInside(port: number): boolean {
    return port >= this.span[0] && port <= this.span[1]
  }

  /** Takes one certain port. Answers with what hinders that. */
  take(port: number): string | undefined {
    if (!this.isInside(port)) {
      return `provided port is not in the valid range. The range of valid ports is ${this.span.join('-')}`
    }
    return this.#allocator.take(port - this.span[0])
      ? undefined
      : 'provided port is already allocated'
  }

  /** Takes any port; undefined where none is left. */
  takeAny(random: Random): number | undefined {
    const offset = this.#allocator.takeAny(random)
    return offset === undefined ? undefined : this.span[0] + offset
  }

  release(port: number): void {
    this.#allocator.release(port - this.span[0])
  }
}
