import { on } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { StoredEntry, StoredEvent } from '../memory/plan-write.ts'
import { CompactedError, StoreOpenError, StoreWriteError } from '../store.ts'
import type { Answer, FromWorker, Query, ToWorker, WorkerOptions } from './protocol.ts'
import { buffersOf, entryOf, packRows, rowOf, unpackRows } from './rows.ts'

// A compiled package has .js files, a clone .ts; URLs, unlike imports, are not rewritten.
const WORKER = new URL(
  `./sqlite-worker.node${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
)

export interface WorkerEvents {
  /** Every write up to and including `revision` is durable. */
  onCommitted(revision: number): void
  /** What is not durable never will be, but writing may go on. */
  onRefused(error: StoreWriteError): void
  /** Nothing more will be durable. */
  onFailed(error: StoreWriteError): void
}

export interface Opened {
  readonly client: WorkerClient
  readonly entries: readonly StoredEntry[]
  readonly revision: number
}

/** The worker thread as seen from the store's thread. It keeps the process alive only while it owes an answer. */
export class WorkerClient {
  readonly #worker: Worker
  #events: WorkerEvents | undefined
  readonly #ended = Promise.withResolvers<void>()
  readonly #questions = new Map<number, PromiseWithResolvers<Answer>>()
  #lastQuestion = 0
  #sent: number
  #committed: number
  #epoch = 0
  /** Set when nobody is there to ask any more. */
  #gone: Error | undefined

  private constructor(worker: Worker, revision: number) {
    this.#worker = worker
    this.#sent = this.#committed = revision
    worker.on('message', (message: FromWorker) => this.#receive(message))
    worker.on('error', (error) => this.#giveUp(error))
    worker.on('exit', () => {
      this.#giveUp()
      this.#ended.resolve()
    })
    worker.unref()
  }

  /** Starts the thread. Throws `StoreOpenError`. */
  static async open(options: WorkerOptions): Promise<Opened> {
    const worker = new Worker(WORKER, { workerData: options, name: 'store', execArgv: [] })
    const entries: StoredEntry[] = []
    for await (const [message] of on(worker, 'message') as AsyncIterable<[FromWorker]>) {
      if (message.type === 'loaded') {
        for (const row of unpackRows(message.rows)) entries.push(entryOf(row)!)
      }
      if (message.type === 'refused') {
        await worker.terminate()
        throw new StoreOpenError(message.problem, message.why, { cause: message.cause })
      }
      if (message.type !== 'opened') continue
      const { revision } = message
      return { client: new WorkerClient(worker, revision), entries, revision }
    }
    throw new Error('unreachable: messages have no end')
  }

  /** Says who is told what becomes of the writes. */
  listen(events: WorkerEvents): void {
    this.#events = events
  }

  write(events: readonly StoredEvent[]): void {
    const rows = packRows(events.map(rowOf))
    const supersededBytes = events.reduce((sum, event) => sum + previousBytes(event), 0)
    this.#sent = events.at(-1)!.revision
    this.#post({ type: 'write', rows, supersededBytes, epoch: this.#epoch }, buffersOf(rows))
  }

  forget(beforeMs: number): void {
    if (!this.#gone) this.#worker.postMessage({ type: 'forget', beforeMs } satisfies ToWorker, [])
  }

  /** Throws `CompactedError`. */
  read(query: Query): Promise<Answer> {
    return this.#ask((id) => ({ type: 'read', id, query }))
  }

  async compact(revision: number): Promise<void> {
    await this.#ask((id) => ({ type: 'compact', id, revision }))
  }

  async copyTo(file: string): Promise<void> {
    await this.#ask((id) => ({ type: 'copy', id, file }))
  }

  async close(): Promise<void> {
    if (!this.#gone) this.#post({ type: 'close' })
    await this.#ended.promise
  }

  async #ask(question: (id: number) => ToWorker): Promise<Answer> {
    if (this.#gone) throw this.#gone
    const id = ++this.#lastQuestion
    const asked = Promise.withResolvers<Answer>()
    this.#questions.set(id, asked)
    this.#post(question(id))
    const answer = await asked.promise
    if (answer.type === 'compacted') throw new CompactedError(answer.revision)
    if (answer.type === 'unwritten') throw new StoreWriteError(answer.why, { cause: answer.cause })
    if (answer.type === 'error') throw answer.error
    return answer
  }

  #post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.ref()
    this.#worker.postMessage(message, transfer)
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'committed':
        this.#committed = message.revision
        this.#events?.onCommitted(message.revision)
        break
      case 'refused writes':
        this.#epoch += 1
        this.#sent = this.#committed = message.revision
        this.#events?.onRefused(new StoreWriteError(message.why, { cause: message.cause }))
        break
      case 'failed':
        this.#giveUpWriting(new StoreWriteError(message.why, { cause: message.cause }))
        break
      case 'answer':
        this.#questions.get(message.id)?.resolve(message.answer)
        this.#questions.delete(message.id)
        break
      default:
        throw new Error(`unexpected ${message.type}`)
    }
    if (this.#committed >= this.#sent && this.#questions.size === 0) this.#worker.unref()
  }

  #giveUpWriting(error: StoreWriteError): void {
    this.#committed = Infinity
    this.#events?.onFailed(error)
  }

  #giveUp(cause?: unknown): void {
    if (this.#gone) return
    const why = 'the thread that reads and writes it has ended'
    this.#giveUpWriting(new StoreWriteError(why, { cause }))
    this.#gone = new Error(`Cannot read store: ${why}`, { cause })
    for (const question of this.#questions.values()) question.reject(this.#gone)
    this.#questions.clear()
  }
}

function previousBytes({ previous }: StoredEvent): number {
  return previous?.value.bytes.length ?? 0
}
