/** The least item first, by `compare`: a binary heap. Items that compare equal come in no set order. */
export class PriorityQueue<T> {
  readonly #compare: (a: T, b: T) => number
  #heap: T[] = []

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  get length(): number {
    return this.#heap.length
  }

  peek(): T | undefined {
    return this.#heap[0]
  }

  push(item: T): void {
    this.#heap.push(item)
    this.#up(this.#heap.length - 1)
  }

  /** The least item, removed; undefined when there is none. */
  pop(): T | undefined {
    const least = this.#heap[0]
    const last = this.#heap.pop()
    if (this.#heap.length > 0) {
      this.#heap[0] = last!
      this.#down(0)
    }
    return least
  }

  /** Keeps only the items that `keep` holds for, in O(n). */
  retain(keep: (item: T) => boolean): void {
    this.#heap = this.#heap.filter(keep)
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i -= 1) this.#down(i)
  }

  #up(index: number): void {
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (this.#compare(this.#heap[index]!, this.#heap[parent]!) >= 0) return
      this.#swap(index, parent)
      index = parent
    }
  }

  #down(index: number): void {
    for (;;) {
      const left = 2 * index + 1
      if (left >= this.#heap.length) return
      const right = left + 1
      const least =
        right < this.#heap.length && this.#compare(this.#heap[right]!, this.#heap[left]!) < 0
          ? right
          : left
      if (this.#compare(this.#heap[least]!, this.#heap[index]!) >= 0) return
      this.#swap(index, least)
      index = least
    }
  }

  #swap(a: number, b: number): void {
    const item = this.#heap[a]!
    this.#heap[a] = this.#heap[b]!
    this.#heap[b] = item
  }
}
