import { PriorityQueue } from '../../base/queue-priority.ts'
import type { QueuedPod } from './queued-pod.ts'

interface Entry {
  readonly queued: QueuedPod
  readonly version: number
}

/** A heap of Pods. One that has moved elsewhere stays in it, unseen, until it comes up or is swept out. */
export class LazyHeap {
  readonly #heap: PriorityQueue<Entry>

  constructor(compare: (a: QueuedPod, b: QueuedPod) => number) {
    this.#heap = new PriorityQueue((a, b) => compare(a.queued, b.queued))
  }

  push(queued: QueuedPod): void {
    this.#heap.push({ queued, version: queued.version })
  }

  peek(): QueuedPod | undefined {
    for (;;) {
      const entry = this.#heap.peek()
      if (!entry) return undefined
      if (entry.version === entry.queued.version) return entry.queued
      this.#heap.pop()
    }
  }

  pop(): QueuedPod | undefined {
    const next = this.peek()
    if (next) this.#heap.pop()
    return next
  }

  /** Drops what has moved elsewhere, where that is most of it. */
  sweep(live: number): void {
    if (this.#heap.length < 64 || this.#heap.length < 2 * live) return
    this.#heap.retain(({ queued, version }) => queued.version === version)
  }
}
