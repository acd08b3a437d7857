const SECONDS_MAX = 32
const PATIENCE = 3 // As many refusals a second, for each second of waiting, are taken without asking for more.

/** How long those who are turned away are asked to wait: longer the more of them there are. */
export class RetryAfter {
  #seconds = 1
  #second = 0
  #refused = 0

  /** `now` in seconds. */
  refuse(now: number): number {
    const second = Math.floor(now)
    if (second !== this.#second) this.#adapt(second)
    this.#refused += 1
    return this.#seconds
  }

  #adapt(second: number): void {
    const isNext = second === this.#second + 1
    if (isNext && this.#refused >= PATIENCE * this.#seconds) {
      this.#seconds = Math.min(this.#seconds * 2, SECONDS_MAX)
    } else if (!isNext || this.#refused < this.#seconds) {
      this.#seconds = Math.max(1, this.#seconds - (second - this.#second))
    }
    this.#second = second
    this.#refused = 0
  }
}
