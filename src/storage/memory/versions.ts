import { PersistentTree } from '../btree.ts'
import {
  CompactedError,
  type Entry,
  FIRST_REVISION,
  FutureRevisionError,
  type ListOptions,
  type ListResult,
  type Snapshot,
} from '../store.ts'
import { History, type HistoryLimits, type Tree } from './history.ts'
import type { StoredEntry, StoredEvent } from './plan-write.ts'

/** The newest version of everything, and the past as far as it is in memory. */
export class Versions {
  readonly #tree: Tree
  readonly #history: History
  #revision: number

  private constructor(tree: Tree, history: History, revision: number) {
    this.#tree = tree
    this.#history = history
    this.#revision = revision
  }

  static empty(limits: HistoryLimits): Versions {
    return new Versions(
      new PersistentTree(),
      new History(limits, FIRST_REVISION, 0),
      FIRST_REVISION,
    )
  }

  /** Begins with what was loaded, which has no past. */
  static of(entries: Iterable<StoredEntry>, revision: number, limits: HistoryLimits): Versions {
    const tree: Tree = new PersistentTree()
    for (const entry of entries) tree.set(entry.key, entry)
    return new Versions(tree, new History(limits, revision), revision)
  }

  /** A second, independent one with the same content; shares all it can. */
  copy(): Versions {
    return new Versions(this.#tree.snapshot(), this.#history.copy(), this.#revision)
  }

  get revision(): number {
    return this.#revision
  }

  /** The oldest revision that can be read here. */
  get floor(): number {
    return this.#history.floor
  }

  /** The newest entry of the key. */
  get(key: string): StoredEntry | undefined {
    return this.#tree.get(key)
  }

  /** Makes a write visible. Its revision is the next one. */
  apply(event: StoredEvent): void {
    if (event.revision !== this.#revision + 1)
      throw new Error(`revision ${event.revision} out of order`)
    if (event.entry) this.#tree.set(event.key, event.entry)
    else this.#tree.delete(event.key)
    this.#revision = event.revision
    this.#history.add(event, this.#tree)
  }

  /** The last revision that was written until then; undefined where that is not known here. */
  revisionAt(timeMs: number): number | undefined {
    return this.#history.revisionAt(timeMs)
  }

  getAt(key: string, revision: number): Entry | undefined {
    return this.#treeAt(revision, key).get(key)
  }

  list(prefix: string, { revision = this.#revision, limit, after }: ListOptions = {}): ListResult {
    const tree = this.#treeAt(revision, prefix)
    const range = after === undefined ? { prefix } : { prefix, after }
    return { entries: tree.values(range, limit), revision, count: tree.count(range) }
  }

  snapshot(): Snapshot {
    return { revision: this.#revision, entries: this.#tree.snapshot() }
  }

  /** The events with the prefix among the next `limit` above `from`: complete up to the returned revision. */
  eventsAfter(
    prefix: string,
    from: number,
    limit: number,
  ): { events: StoredEvent[]; revision: number } {
    const events = this.#history.after(from, limit)
    return {
      events: events.filter((event) => event.key.startsWith(prefix)),
      revision: events.length < limit ? this.#revision : events.at(-1)!.revision,
    }
  }

  compact(revision: number): void {
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision)
    this.#history.compact(revision)
  }

  #treeAt(revision: number, prefix: string): Tree {
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision)
    if (revision < this.floor) throw new CompactedError(this.floor)
    return revision === this.#revision
      ? this.#tree
      : this.#history.treeAt(revision, prefix, this.#tree)
  }
}
