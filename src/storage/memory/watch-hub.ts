import { onAbort } from '../../base/async.ts'
import { Queue } from '../../base/queue.ts'
import { FutureRevisionError, type StoreEvent, type WatchMessage } from '../store.ts'

/** Where a watch finds the events that it was not there for. */
export interface Past {
  readonly revision: number
  /** The next events above `from` with the prefix; undefined where memory does not reach back so far. */
  recent(prefix: string, from: number): Stretch | undefined
  /** The same from where `recent` has none. Throws `CompactedError`. */
  older(prefix: string, from: number): Promise<Stretch>
}

/** Consecutive events of one prefix, complete up to and including `revision`. */
export interface Stretch {
  readonly events: readonly StoreEvent[]
  readonly revision: number
}

const BACKLOG_EVENTS_MAX = 4096

/**
 * Hands new events to watches. Watches of one prefix form a group, for which the work is done once; they are given the
 * very same message. A watch that does not keep up leaves its group, catches up from the past and joins again, so that
 * a reader that stands still holds no more than a bounded backlog.
 */
export class WatchHub {
  readonly #past: Past
  /** By prefixes that end in a slash, as nearly all do: an event finds these without trying them all. */
  readonly #folders = new Map<string, Group>()
  /** By other prefixes. */
  readonly #others = new Map<string, Group>()
  readonly #watches = new Set<Watch>()

  constructor(past: Past) {
    this.#past = past
  }

  async *watch(
    prefix: string,
    from: number,
    signal: AbortSignal,
  ): AsyncGenerator<WatchMessage, void, undefined> {
    if (from > this.#past.revision) throw new FutureRevisionError(this.#past.revision)
    const watch = new Watch(prefix, from)
    using _ = onAbort(signal, () => watch.end())
    this.#watches.add(watch)
    try {
      while (!watch.ended) {
        const message = watch.shift()
        if (message) yield message
        else if (watch.live) await watch.wakeUp()
        else await this.#catchUp(watch)
      }
    } finally {
      this.#watches.delete(watch)
      this.#leave(watch)
    }
  }

  /** Events that have just become visible, in order. */
  publish(events: readonly StoreEvent[]): void {
    const batches = new Map<Group, StoreEvent[]>()
    for (const event of events) {
      for (const group of this.#groupsOf(event.key)) {
        const batch = batches.get(group)
        if (batch) batch.push(event)
        else batches.set(group, [event])
      }
    }
    for (const [group, batch] of batches) this.#deliver(group, { type: 'events', events: batch })
  }

  requestProgress(prefix: string): void {
    const revision = this.#past.revision
    for (const watch of this.#groups(prefix).get(prefix) ?? []) {
      if (watch.position < revision) watch.push({ type: 'progress', revision }, revision)
    }
  }

  /** Ends all watches. */
  close(): void {
    for (const watch of this.#watches) watch.end()
  }

  #groups(prefix: string): Map<string, Group> {
    return prefix.endsWith('/') ? this.#folders : this.#others
  }

  #groupsOf(key: string): readonly Group[] {
    const found: Group[] = []
    for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) {
      const group = this.#folders.get(key.slice(0, at + 1))
      if (group) found.push(group)
    }
    for (const [prefix, group] of this.#others) if (key.startsWith(prefix)) found.push(group)
    return found
  }

  #deliver(group: Group, message: WatchMessage & { type: 'events' }): void {
    const { revision } = message.events.at(-1)!
    for (const watch of group) {
      if (watch.backlog < BACKLOG_EVENTS_MAX) watch.push(message, revision)
      else this.#leave(watch)
    }
  }

  // Nothing may happen between reading the last of the past and joining: hence no await there.
  async #catchUp(watch: Watch): Promise<void> {
    const stretch = this.#past.recent(watch.prefix, watch.position)
    const { events, revision } = stretch ?? (await this.#older(watch))
    if (events.length > 0) watch.push({ type: 'events', events }, revision)
    watch.position = revision
    if (revision < this.#past.revision) return
    watch.push({ type: 'progress', revision }, revision)
    this.#join(watch)
  }

  async #older(watch: Watch): Promise<Stretch> {
    try {
      return await this.#past.older(watch.prefix, watch.position)
    } catch (error) {
      if (watch.ended) return { events: [], revision: watch.position } // Nobody is there to be told.
      throw error
    }
  }

  #join(watch: Watch): void {
    const { prefix } = watch
    const groups = this.#groups(prefix)
    groups.getOrInsertComputed(prefix, () => new Set<Watch>()).add(watch)
    watch.live = true
  }

  #leave(watch: Watch): void {
    watch.live = false
    const groups = this.#groups(watch.prefix)
    const group = groups.get(watch.prefix)
    group?.delete(watch)
    if (group?.size === 0) groups.delete(watch.prefix)
  }
}

type Group = Set<Watch>

class Watch {
  readonly prefix: string
  /** Every event up to this revision has been handed over. */
  position: number
  /** In its group, and so given every new event. */
  live = false
  ended = false
  /** How many events wait to be read. */
  backlog = 0
  readonly #messages = new Queue<WatchMessage>()
  #wake: (() => void) | undefined

  constructor(prefix: string, position: number) {
    this.prefix = prefix
    this.position = position
  }

  push(message: WatchMessage, revision: number): void {
    this.#messages.push(message)
    this.position = revision
    if (message.type === 'events') this.backlog += message.events.length
    this.#wake?.()
  }

  shift(): WatchMessage | undefined {
    const message = this.#messages.shift()
    if (message?.type === 'events') this.backlog -= message.events.length
    return message
  }

  wakeUp(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }

  end(): void {
    this.ended = true
    this.#wake?.()
  }
}
