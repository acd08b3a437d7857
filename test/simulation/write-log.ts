import { hash } from 'node:crypto'
import type { StoreEvent } from '../../src/storage/store.ts'

/** The log of a run: each write with its time, its revision, its key and a hash of what was written. */
export class WriteLog {
  readonly #line: ((line: string) => void) | undefined
  #digest = ''
  #count = 0

  constructor(line?: (line: string) => void) {
    this.#line = line
  }

  add({ type, key, revision, entry }: StoreEvent, nowMs: number): void {
    const content = entry ? hash('sha256', entry.value.bytes).slice(0, 16) : '-'
    const line = `${nowMs} ${revision} ${type} ${key} ${content}`
    this.#count += 1
    // Each line's digest covers all lines before it.
    this.#digest = hash('sha256', `${this.#digest}\n${line}`)
    this.#line?.(line)
  }

  /** How many writes there were, and a digest of all of them. */
  summary(): { readonly writes: number; readonly digest: string } {
    return { writes: this.#count, digest: this.#digest.slice(0, 16) }
  }
}
