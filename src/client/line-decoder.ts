import { concatenate } from '../base/bytes.ts'

const NEWLINE = 0x0a

/** Cuts a stream of bytes into lines, as watches are sent. Chunks may end anywhere, also within a character. */
export class LineDecoder {
  #parts: Uint8Array[] = []

  /** The lines that are complete with this chunk, without their ends. Empty lines are dropped. */
  push(chunk: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = []
    let start = 0
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start)
      if (end < 0) break
      const line = this.#complete(chunk.subarray(start, end))
      if (line.length > 0) lines.push(line)
      start = end + 1
    }
    if (start < chunk.length) this.#parts.push(chunk.subarray(start))
    return lines
  }

  #complete(end: Uint8Array): Uint8Array {
    if (this.#parts.length === 0) return end
    const line = concatenate([...this.#parts, end])
    this.#parts = []
    return line
  }
}
