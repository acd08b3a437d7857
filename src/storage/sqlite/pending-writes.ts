import { Queue } from '../../base/queue.ts'
import type { StoredEvent } from '../memory/plan-write.ts'

export interface PendingWrite {
  readonly event: StoredEvent
  /** Resolves when the write is durable and visible. */
  readonly durable: Promise<void>
}

const WRITE_OVERHEAD_BYTES = 256

/**
 * Writes that have a revision but are not durable yet, in order. What a key will hold is what its newest pending write
 * says, and compare-and-swap goes by that.
 */
export class PendingWrites {
  readonly #queue = new Queue<PendingWrite & PromiseWithResolvers<void>>()
  readonly #newest = new Map<string, PendingWrite>()
  #bytes = 0

  /** About how much memory they take. */
  get bytes(): number {
    return this.#bytes
  }

  oldest(): PendingWrite | undefined {
    return this.#queue.peek()
  }

  newest(key: string): PendingWrite | undefined {
    return this.#newest.get(key)
  }

  add(event: StoredEvent): PendingWrite {
    const resolvers = Promise.withResolvers<void>()
    const write = { event, durable: resolvers.promise, ...resolvers }
    this.#queue.push(write)
    this.#newest.set(event.key, write)
    this.#bytes += bytesOf(event)
    return write
  }

  /** Takes out the first writes up to `revision`. Once they are visible, `resolve` tells those who wait. */
  take(
    revision: number,
    limit: number,
  ): { readonly event: StoredEvent; readonly resolve: () => void }[] {
    const taken: { readonly event: StoredEvent; readonly resolve: () => void }[] = []
    for (
      let next = this.#queue.peek();
      next && next.event.revision <= revision && taken.length < limit;
      next = this.#queue.peek()
    ) {
      this.#queue.shift()
      this.#bytes -= bytesOf(next.event)
      if (this.#newest.get(next.event.key) === next) this.#newest.delete(next.event.key)
      taken.push(next)
    }
    return taken
  }

  /** Fails all. */
  fail(error: Error): void {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) next.reject(error)
    this.#newest.clear()
    this.#bytes = 0
  }

  /** Resolves when nothing is pending any more, successful or not. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#newest.values()].map((write) => write.durable))
  }
}

function bytesOf({ key, entry }: StoredEvent): number {
  return WRITE_OVERHEAD_BYTES + key.length + (entry?.value.bytes.length ?? 0)
}
