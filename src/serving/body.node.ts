import type { Readable } from 'node:stream'
import { BodyTooLargeError, ClientGoneError } from './exchange.ts'

const EMPTY = new Uint8Array(0)

/** What a client sends. An HTTP/2 stream that it resets ends as if it were whole, but says that it is not. */
type Incoming = Readable & { readonly aborted?: boolean }

/**
 * Reads a request's body to its end. Throws `BodyTooLargeError` as soon as more than `limitBytes` have come (the rest
 * stays unread), and `ClientGoneError`.
 */
export function readBody(stream: Incoming, limitBytes: number): Promise<Uint8Array> {
  if (stream.readableEnded) return Promise.resolve(EMPTY)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const settle = (finish: () => void): void => {
      stream.off('data', onData).off('end', onEnd).off('close', onClose)
      finish()
    }
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      chunks.push(chunk)
      if (length <= limitBytes) return
      stream.pause()
      settle(() => reject(new BodyTooLargeError(limitBytes)))
    }
    const onClose = (): void => settle(() => reject(new ClientGoneError()))
    const onEnd = (): void =>
      stream.aborted ? onClose() : settle(() => resolve(joined(chunks, length)))
    if (stream.destroyed) return onClose()
    stream.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}

/** The same as it comes. Throws `ClientGoneError`. */
export async function* streamBody(stream: Incoming): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } catch {
    throw new ClientGoneError()
  }
  if (stream.aborted) throw new ClientGoneError()
}

function joined(chunks: readonly Buffer[], length: number): Uint8Array {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)
}
