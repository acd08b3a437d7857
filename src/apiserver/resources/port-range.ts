import type { Random } from '../../base/random.ts'
import { RangeAllocator } from './range-allocator.ts'

/** The ports of nodes that Services may use. */
export class PortRange {
  readonly #from: number
  readonly #to: number
  readonly #allocator: RangeAllocator

  /** Both ends are part of the range. */
  constructor(from: number, to: number) {
    const size = to - from + 1
    this.#from = from
    this.#to = to
    // KEP-3668; a range that is too small has no lower band.
    const lowerBand = size < 32 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128)
    this.#allocator = new RangeAllocator(size, lowerBand)
  }

  /** Takes one certain port. Answers with what hinders that. */
  take(port: number): string | undefined {
    if (port < this.#from || port > this.#to) {
      return `provided port is not in the valid range. The range of valid ports is ${this.#from}-${this.#to}`
    }
    return this.#allocator.take(port - this.#from)
      ? undefined
      : 'provided port is already allocated'
  }

  /** Takes any port; undefined where none is left. */
  takeAny(random: Random): number | undefined {
    const offset = this.#allocator.takeAny(random)
    return offset === undefined ? undefined : this.#from + offset
  }

  release(port: number): void {
    this.#allocator.release(port - this.#from)
  }
}
