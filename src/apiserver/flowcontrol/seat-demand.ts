/** What was asked for over a period. */
export interface DemandStatistics {
  readonly average: number
  readonly deviation: number
  readonly highest: number
}

/** Follows a quantity that changes in steps. Times are in seconds. */
export class DemandIntegrator {
  #value = 0
  #since: number
  #begun: number
  #sum = 0
  #sumOfSquares = 0
  #highest = 0

  constructor(now: number) {
    this.#since = now
    this.#begun = now
  }

  set(value: number, now: number): void {
    if (value === this.#value) return
    this.#add(now)
    this.#value = value
    if (value > this.#highest) this.#highest = value
  }

  /** The time since the last reading, each value weighed by how long it held. */
  read(now: number): DemandStatistics {
    this.#add(now)
    const seconds = now - this.#begun
    const average = seconds > 0 ? this.#sum / seconds : this.#value
    const variance = seconds > 0 ? this.#sumOfSquares / seconds - average * average : 0
    const statistics = {
      average,
      deviation: Math.sqrt(Math.max(0, variance)),
      highest: this.#highest,
    }
    this.#begun = now
    this.#sum = 0
    this.#sumOfSquares = 0
    this.#highest = this.#value
    return statistics
  }

  #add(now: number): void {
    const seconds = now - this.#since
    this.#since = now
    this.#sum += this.#value * seconds
    this.#sumOfSquares += this.#value * this.#value * seconds
  }
}
