/** Pieces shorter than this are copied together, so that a peer that sends single bytes cannot make us hold objects. */
const SMALL_BYTES = 512
const PACK_BYTES = 2048

/** Bytes that wait for a reader, first in, first out. Who fills it must bound `length`. */
export interface ByteQueue {
  readonly length: number
  push(bytes: Uint8Array): void
  /** The next piece, of whatever size is at hand. */
  shift(): Uint8Array | undefined
  clear(): void
}

export function byteQueue(): ByteQueue {
  let pieces: Uint8Array[] = []
  let head = 0
  let length = 0
  let packFree = 0 // Bytes at the end of the last piece's buffer that are ours and unused.

  const pack = (bytes: Uint8Array): void => {
    if (packFree < bytes.length) {
      pieces.push(new Uint8Array(PACK_BYTES).subarray(0, 0))
      packFree = PACK_BYTES
    }
    const last = pieces.at(-1)!
    const grown = new Uint8Array(last.buffer, last.byteOffset, last.length + bytes.length)
    grown.set(bytes, last.length)
    pieces[pieces.length - 1] = grown
    packFree -= bytes.length
  }

  const clear = (): void => {
    pieces = []
    head = 0
    length = 0
    packFree = 0
  }

  return {
    get length() {
      return length
    },
    push(bytes) {
      if (bytes.length === 0) return
      length += bytes.length
      if (bytes.length < SMALL_BYTES) return pack(bytes)
      pieces.push(bytes)
      packFree = 0
    },
    shift() {
      const piece = pieces[head]
      if (!piece) return undefined
      length -= piece.length
      head++
      if (head === pieces.length) clear()
      else if (head * 2 > pieces.length) {
        pieces = pieces.slice(head)
        head = 0
      }
      return piece
    },
    clear,
  }
}
