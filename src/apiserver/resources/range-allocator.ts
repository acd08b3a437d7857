import { randomInt, type Random } from '../../base/random.ts'

/**
 * Gives out the numbers from 0 up to a size. Those that are asked for by name mostly are low ones, so a number that may
 * be any comes from above the lower band as long as there is one (KEP-3668).
 */
export class RangeAllocator {
  readonly size: number
  readonly #lowerBand: number
  readonly #used: Set<number>

  constructor(size: number, lowerBand: number, used: Iterable<number> = []) {
    this.size = size
    this.#lowerBand = lowerBand
    this.#used = new Set(used)
  }

  get used(): ReadonlySet<number> {
    return this.#used
  }

  /** Takes one certain number; false where it is taken already. */
  take(offset: number): boolean {
    if (this.#used.has(offset)) return false
    this.#used.add(offset)
    return true
  }

  /** Takes any number; undefined where none is left. */
  takeAny(random: Random): number | undefined {
    const upper = this.size - this.#lowerBand
    return this.#takeIn(this.#lowerBand, upper, random) ?? this.#takeIn(0, this.#lowerBand, random)
  }

  release(offset: number): void {
    this.#used.delete(offset)
  }

  // From a random place on, so that a number is not soon given to another.
  #takeIn(from: number, count: number, random: Random): number | undefined {
    const start = randomInt(random, count)
    for (let i = 0; i < count; i++) {
      const offset = from + ((start + i) % count)
      if (this.take(offset)) return offset
    }
    return undefined
  }
}
