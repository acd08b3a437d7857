import { after, type Batch } from './batch.ts'

const ITEMS_MAX = 10_000 // More than that unread, and the watch is cut off: its client lists anew or resumes.

/** One watch's end of the cache: what it has not read yet. */
export class Watcher {
  readonly bookmarks: boolean
  /** What happened up to this revision is known to the watch, by this way or another. */
  #from: number
  #batches: Batch[] = []
  #unread = 0
  readonly #onCutOff: (() => void) | undefined
  #ended = false
  #wake: (() => void) | undefined

  constructor(from: number, bookmarks: boolean, onCutOff?: () => void) {
    this.#from = from
    this.bookmarks = bookmarks
    this.#onCutOff = onCutOff
  }

  get ended(): boolean {
    return this.#ended
  }

  push(batch: Batch): void {
    const news = after(batch, this.#from)
    const last = news.items.at(-1)
    if (!last) return
    this.#from = last.revision
    this.#add(news)
  }

  /** Tells how far the watch is, where it is that far. */
  pushBookmark(batch: Batch): void {
    if (batch.items[0]!.revision >= this.#from) this.#add(batch)
  }

  /** The next batch; undefined when the watch has ended. */
  async next(): Promise<Batch | undefined> {
    for (;;) {
      const batch = this.#batches.shift()
      if (batch) {
        this.#unread -= batch.items.length
        return batch
      }
      if (this.#ended) return undefined
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** What is unread can still be read. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  #add(batch: Batch): void {
    if (this.#ended) return
    this.#batches.push(batch)
    this.#unread += batch.items.length
    if (this.#unread > ITEMS_MAX) this.#cutOff()
    this.#wake?.()
  }

  #cutOff(): void {
    this.#batches = []
    this.#unread = 0
    this.#ended = true
    this.#onCutOff?.()
  }
}
