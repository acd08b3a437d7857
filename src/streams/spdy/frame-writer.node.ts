import type { Duplex } from 'node:stream'
import { encodeDataHeader, encodeFrame } from './encode.ts'
import type { Frame, HeaderCompression } from './frames.ts'

/** Longer payloads are cut, so that one stream cannot hold up the others for long. */
const DATA_FRAME_BYTES_MAX = 32 * 1024

/** Answers that may wait for a peer that asks (pings, opens streams) but does not read. */
export const CONTROL_BACKLOG_BYTES_MAX = 256 * 1024

/** Puts frames on the wire. After the socket is gone, everything written counts as sent. */
export interface FrameWriter {
  control(frame: Exclude<Frame, { readonly type: 'DATA' }>): void
  /** Calls back when the socket has taken all bytes. */
  data(streamId: number, chunk: Uint8Array, done: () => void): void
  /** Half-closes a stream as spdystream does, with an empty data frame. */
  fin(streamId: number, done: () => void): void
}

/** `onOverflow` is called when more control frames wait than may. */
export function frameWriter(
  socket: Duplex,
  compression: HeaderCompression,
  onOverflow: () => void,
): FrameWriter {
  let waiting = 0

  const write = (bytes: Uint8Array, done: () => void): void => {
    if (socket.writable) socket.write(bytes, done)
    else queueMicrotask(done)
  }

  return {
    control(frame) {
      const bytes = encodeFrame(frame, compression)
      waiting += bytes.length
      write(bytes, () => {
        waiting -= bytes.length
      })
      if (waiting > CONTROL_BACKLOG_BYTES_MAX) onOverflow()
    },
    data(streamId, chunk, done) {
      socket.cork()
      for (let start = 0; start < chunk.length; start += DATA_FRAME_BYTES_MAX) {
        const part = chunk.subarray(start, start + DATA_FRAME_BYTES_MAX)
        const last = start + part.length === chunk.length
        write(encodeDataHeader(streamId, part.length, false), ignore)
        write(part, last ? done : ignore)
      }
      socket.uncork()
      if (chunk.length === 0) queueMicrotask(done)
    },
    fin: (streamId, done) => write(encodeDataHeader(streamId, 0, true), done),
  }
}

function ignore(): void {}
