import type { ServerResponse } from 'node:http'
import type { ResponseStream } from './exchange.ts'
import { responseStream } from './response-stream.node.ts'

/** Blocks with what frames them around them, for as long as somebody has the block. */
export type Frames = WeakMap<Uint8Array, Uint8Array>

const FRAMED_BYTES_MAX = 16 * 1024 // Copying more costs more than it saves.
const LINE_END = Buffer.from('\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/**
 * Sends bit by bit over HTTP/1.1, in chunks (RFC 9112, 7.1) that are framed here and not by Node.js: what many watches
 * are told is framed once, and leaves as one piece and not as four that are put together for each of them.
 */
export function chunkedStream(response: ServerResponse, frames: Frames): ResponseStream {
  const stream = responseStream(response)
  // Clients of HTTP/1.0 know no chunks.
  if (!response.chunkedEncoding) return stream
  response.chunkedEncoding = false
  return {
    write(block) {
      if (block.length === 0) return stream.write(block)
      if (block.length <= FRAMED_BYTES_MAX) {
        return stream.write(frames.getOrInsertComputed(block, framed))
      }
      stream.write(headOf(block))
      stream.write(block)
      return stream.write(LINE_END)
    },
    drained: () => stream.drained(),
    get bufferedBytes() {
      return stream.bufferedBytes
    },
    end() {
      stream.write(LAST_CHUNK)
      stream.end()
    },
    destroy: () => stream.destroy(),
  }
}

function framed(block: Uint8Array): Uint8Array {
  return Buffer.concat([headOf(block), block, LINE_END])
}

function headOf({ length }: Uint8Array): Uint8Array {
  return Buffer.from(`${length.toString(16)}\r\n`)
}
