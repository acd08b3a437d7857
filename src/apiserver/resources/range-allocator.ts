import { randomInt, type Random } from '../../base/random.ts'

/**
 * Gives out the numbers from 0 up to a size. Those that are asked for by name mostly are low ones, so a number that may
 * be any comes from above the lower band as long as there is one (KEP-3070).
 */
export class RangeAllocator {
  readonly size: number
  readonly #lowerBand: number
  readonly #used = new Set<number>()
  #usedLow = 0

  constructor(size: number, lowerBand: number) {
    this.size = size
    this.#lowerBand = lowerBand
  }

  /** Takes one certain number; false where it is taken already. */
  take(offset: number): boolean {
    if (this.#used.has(offset)) return false
    this.#used.add(offset)
    if (offset < this.#lowerBand) this.#usedLow += 1
    return true
  }

  /** Takes any number; undefined where none is left. */
  takeAny(random: Random): number | undefined {
    const high = this.size - this.#lowerBand
    if (this.#used.size - this.#usedLow < high) return this.#takeIn(this.#lowerBand, high, random)
    if (this.#usedLow < this.#lowerBand) return this.#takeIn(0, this.#lowerBand, random)
    return undefined
  }

  release(offset: number): void {
    if (this.#used.delete(offset) && offset < this.#lowerBand) this.#usedLow -= 1
  }

  // From a random place on, so that an address is not soon given to another.
  #takeIn(from: number, count: number, random: Random): number | undefined {
    const start = randomInt(random, count)
    for (let i = 0; i < count; i++) {
      const offset = from + ((start + i) % count)
      if (this.take(offset)) return offset
    }
    return undefined
  }
}
