import type { PersistentTree } from '../btree.ts'
import type { Value } from '../store.ts'
import type { StoredEntry, StoredEvent } from './plan-write.ts'

export type Tree = PersistentTree<string, StoredEntry>

/** How much of the past to keep: what is older than `ms`, or does not fit into `bytes`, is forgotten. */
export interface HistoryLimits {
  readonly ms: number
  readonly bytes: number
}

const EVENTS_PER_CHUNK_MAX = 512
const CHUNKS_MIN = 16 // The past is forgotten by the chunk, so none may be a big part of it.
const EVENT_OVERHEAD_BYTES = 768 // The event, its entry, and its share of the tree's nodes.

/**
 * The past: every event above `floor`, in chunks. A full chunk also holds the tree as it was after its last event, so
 * that the tree at any revision is at most one chunk of undone events away:
 *
 *     events   5 6 7 8 │ 9 10 11 12 │ 13 14
 *     trees           8           12      now       at 10: the tree at 12, with 12 and 11 undone
 *
 * Revisions are dense: each is the event before plus one. Full chunks never change, so a copy shares them.
 */
export class History {
  readonly #limits: HistoryLimits
  #full: readonly Chunk[] = []
  #open: Chunk
  #bytes = 0
  #floor: number

  constructor(limits: HistoryLimits, revision: number, floor: number = revision) {
    this.#limits = limits
    this.#open = emptyChunk(revision + 1)
    this.#floor = floor
  }

  /** The oldest revision that can be read. */
  get floor(): number {
    return this.#floor
  }

  copy(): History {
    const copy = new History(this.#limits, this.#open.first - 1, this.#floor)
    copy.#full = this.#full
    copy.#open = { ...this.#open, events: [...this.#open.events] }
    copy.#bytes = this.#bytes
    return copy
  }

  /** Adds an event that has just been applied to `tree`. */
  add(event: StoredEvent, tree: Tree): void {
    const bytes = retainedBytes(event)
    this.#open.events.push(event)
    this.#open.bytes += bytes
    this.#bytes += bytes
    const full = this.#open.events.length >= EVENTS_PER_CHUNK_MAX
    if (full || this.#open.bytes > this.#limits.bytes / CHUNKS_MIN) this.#seal(tree)
    this.#evict(event.atMs - this.#limits.ms)
  }

  /** The last revision that was written until then; undefined where that is forgotten. */
  revisionAt(timeMs: number): number | undefined {
    for (let i = this.#full.length; i >= 0; i--) {
      const { events } = this.#full[i] ?? this.#open
      if (events.length === 0 || events[0]!.atMs > timeMs) continue
      const { revision } = events.findLast(({ atMs }) => atMs <= timeMs)!
      return revision >= this.#floor ? revision : undefined
    }
    return undefined
  }

  /** Forgets what is only needed below `revision`. */
  compact(revision: number): void {
    this.#floor = Math.max(this.#floor, revision)
    this.#drop(this.#full.filter((chunk) => lastOf(chunk) <= revision).length)
  }

  /** The events above `from`, at most `limit`. */
  after(from: number, limit: number): StoredEvent[] {
    const events: StoredEvent[] = []
    for (let i = this.#chunkOf(from + 1); i <= this.#full.length && events.length < limit; i++) {
      const chunk = this.#full[i] ?? this.#open
      const start = Math.max(0, from + 1 - chunk.first)
      events.push(...chunk.events.slice(start, start + limit - events.length))
    }
    return events
  }

  /**
   * A tree that holds the keys with the prefix as they were at `revision`, which is not below the floor; `newest` is as
   * it is now. Other keys may be as they were later.
   */
  treeAt(revision: number, prefix: string, newest: Tree): Tree {
    const chunk = this.#full[this.#chunkOf(revision)] ?? this.#open
    const tree = (chunk.after ?? newest).snapshot()
    for (let i = chunk.events.length - 1; i >= 0 && chunk.events[i]!.revision > revision; i--) {
      const event = chunk.events[i]!
      if (event.key.startsWith(prefix)) undo(tree, event)
    }
    return tree
  }

  /** The index of the chunk that holds `revision` or, where that is forgotten, the first; the open one comes last. */
  #chunkOf(revision: number): number {
    let low = 0
    let high = this.#full.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (lastOf(this.#full[middle]!) < revision) low = middle + 1
      else high = middle
    }
    return low
  }

  #seal(tree: Tree): void {
    const full = { ...this.#open, after: tree.snapshot() }
    this.#full = [...this.#full, full]
    this.#open = emptyChunk(lastOf(full) + 1)
  }

  #evict(beforeMs: number): void {
    let count = 0
    let bytes = this.#bytes
    for (const chunk of this.#full) {
      if (bytes <= this.#limits.bytes && chunk.events.at(-1)!.atMs >= beforeMs) break
      bytes -= chunk.bytes
      count += 1
    }
    this.#drop(count)
  }

  #drop(count: number): void {
    if (count === 0) return
    for (const chunk of this.#full.slice(0, count)) {
      this.#bytes -= chunk.bytes
      this.#floor = Math.max(this.#floor, lastOf(chunk))
    }
    this.#full = this.#full.slice(count)
  }
}

interface Chunk {
  /** The revision of the first event. */
  readonly first: number
  readonly events: StoredEvent[]
  bytes: number
  readonly after?: Tree
}

function emptyChunk(first: number): Chunk {
  return { first, events: [], bytes: 0 }
}

function lastOf(chunk: Chunk): number {
  return chunk.first + chunk.events.length - 1
}

function undo(tree: Tree, event: StoredEvent): void {
  if (event.previous) tree.set(event.key, event.previous)
  else tree.delete(event.key)
}

/** What an event keeps in memory beside the newest entries: the value that it replaced. */
function retainedBytes(event: StoredEvent): number {
  return (
    EVENT_OVERHEAD_BYTES + event.key.length + (event.previous ? sizeOf(event.previous.value) : 0)
  )
}

function sizeOf(value: Value): number {
  return value.size ?? value.bytes.length
}
