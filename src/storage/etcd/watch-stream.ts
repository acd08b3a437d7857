import { linkedAbort } from '../../base/async.ts'
import type { Clock } from '../../base/clock.ts'
import type { Connection, Duplex } from '../../grpc/connection.ts'
import type { StoreEvent, WatchMessage } from '../store.ts'
import { CompactedError } from '../store.ts'
import { type EntryReader, eventOf } from './entries.ts'
import type { WatchRequest, WatchResponse } from './messages.ts'
import { WATCH } from './methods.ts'

// etcd drops a request for progress while a watch has not caught up; it looks after such watches as often.
const ASK_AGAIN_MS = 100

/**
 * One watch, from one connection to etcd until that breaks. Ends with what broke it. A revision's events come together:
 * who has seen one of them has seen them all.
 */
export class WatchStream {
  readonly #clock: Clock
  readonly #reader: EntryReader
  readonly #prefix: string
  #position: number
  #duplex: Duplex<WatchRequest, WatchResponse> | undefined
  /** The revision that the reader wants to know to be reached. */
  #wanted = 0
  #asking: Disposable | undefined

  constructor(clock: Clock, reader: EntryReader, prefix: string, from: number) {
    this.#clock = clock
    this.#reader = reader
    this.#prefix = prefix
    this.#position = from
  }

  /** Every event up to this revision has been handed over. */
  get position(): number {
    return this.#position
  }

  /** Has the watch say that it has come to a revision, as soon as it has. */
  want(revision: number): void {
    if (revision <= this.#position || revision <= this.#wanted) return
    this.#wanted = revision
    this.#ask()
  }

  /** `onCreated` is told etcd's revision and decides whether the watch may begin. */
  async *messages(
    connection: Connection,
    signal: AbortSignal,
    onCreated: (revision: number) => Promise<void>,
  ): AsyncGenerator<WatchMessage, void, undefined> {
    using scope = linkedAbort(signal)
    const duplex = await connection.duplex(WATCH, { signal: scope.signal, waitForReady: true })
    duplex.send({ create: this.#create() })
    try {
      let held: StoreEvent[] = []
      for await (const response of duplex.responses) {
        if (response.canceled) throw cancelled(response)
        const { revision } = response.header!
        if (response.created) {
          await onCreated(revision)
          this.#duplex = duplex
          if (revision <= this.#position) yield { type: 'progress', revision: this.#position }
          else this.want(revision)
          if (this.#wanted > this.#position) this.#ask()
          continue
        }
        held.push(...response.events.map((event) => eventOf(this.#reader, event)))
        const ready = response.fragment ? wholeRevisions(held) : held
        held = held.slice(ready.length)
        const message = this.#message(ready, response)
        if (message) yield message
      }
    } finally {
      this.#asking?.[Symbol.dispose]()
      this.#duplex = undefined
      scope.abort()
    }
  }

  #create(): WatchRequest['create'] & object {
    const range = this.#reader.keys.range(this.#prefix)
    return { ...range, startRevision: this.#position + 1, prevKv: true, fragment: true }
  }

  #message(events: StoreEvent[], { header, fragment }: WatchResponse): WatchMessage | undefined {
    const last = events.at(-1)
    if (last) {
      this.#position = last.revision
      return { type: 'events', events }
    }
    const { revision } = header!
    if (fragment || revision <= this.#position) return undefined
    this.#position = revision
    return { type: 'progress', revision }
  }

  #ask(): void {
    this.#asking?.[Symbol.dispose]()
    if (!this.#duplex || this.#position >= this.#wanted) return
    this.#duplex.send({ progress: {} })
    this.#asking = this.#clock.after(ASK_AGAIN_MS, () => this.#ask())
  }
}

/** The events without those of the last revision, of which more may follow. */
function wholeRevisions(events: readonly StoreEvent[]): StoreEvent[] {
  const last = events.at(-1)?.revision
  return events.slice(
    0,
    events.findIndex(({ revision }) => revision === last),
  )
}

function cancelled({ compactRevision, cancelReason }: WatchResponse): Error {
  if (compactRevision > 0) return new CompactedError(compactRevision)
  return new Error(`Cannot watch etcd: ${cancelReason}`)
}
