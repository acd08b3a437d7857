import { concatenate } from '../base/bytes.ts'
import type { ResponseBody } from './exchange.ts'

// Each write costs a record and a system call of its own; but what is being written is held once more, encrypted, and
// there may be a thousand clients that read slowly.
export const BLOCK_BYTES = 64 * 1024

/** A body in pieces of a size that is good to write: small ones are joined, large ones cut where they lie. */
export function* blocks(body: ResponseBody): Generator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let length = 0
  for (const piece of body instanceof Uint8Array ? [body] : body) {
    if (length > 0 && length + piece.length > BLOCK_BYTES) {
      yield concatenate(waiting, length)
      waiting = []
      length = 0
    }
    if (piece.length > BLOCK_BYTES) yield* cut(piece)
    else {
      waiting.push(piece)
      length += piece.length
    }
  }
  if (length > 0) yield concatenate(waiting, length)
}

function* cut(piece: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < piece.length; at += BLOCK_BYTES) {
    yield piece.subarray(at, at + BLOCK_BYTES)
  }
}
