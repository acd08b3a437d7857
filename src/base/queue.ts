const CAPACITY_MIN = 16 // A power of two, as every capacity, so that a mask wraps the index.

/** First in, first out, in O(1) both ways: a ring that doubles when it is full. */
export class Queue<T> {
  #ring: (T | undefined)[] = Array.from({ length: CAPACITY_MIN })
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) this.#resize(this.#ring.length * 2)
    this.#ring[this.#at(this.#length)] = item
    this.#length += 1
  }

  /** The oldest item, removed; undefined when there is none. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = this.#at(1)
    this.#length -= 1
    // A burst must not hold its memory for ever.
    if (this.#ring.length > CAPACITY_MIN && this.#length === this.#ring.length / 4) {
      this.#resize(this.#ring.length / 2)
    }
    return item
  }

  peek(): T | undefined {
    return this.#ring[this.#head]
  }

  clear(): void {
    this.#ring = Array.from({ length: CAPACITY_MIN })
    this.#head = 0
    this.#length = 0
  }

  #at(offset: number): number {
    return (this.#head + offset) & (this.#ring.length - 1)
  }

  #resize(capacity: number): void {
    const ring: (T | undefined)[] = Array.from({ length: capacity })
    for (let i = 0; i < this.#length; i += 1) ring[i] = this.#ring[this.#at(i)]
    this.#ring = ring
    this.#head = 0
  }
}
