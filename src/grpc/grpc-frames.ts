import { concatenate } from '../base/bytes.ts'
const PREFIX_BYTES = 5 // A flag for compression, then the length.

/** A message as gRPC puts it into a stream (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
export function grpcFrame(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(PREFIX_BYTES + message.length)
  new DataView(frame.buffer).setUint32(1, message.length)
  frame.set(message, PREFIX_BYTES)
  return frame
}

/** Takes a stream's bytes as they come and gives the messages that are complete. */
export interface FrameParser {
  /** Throws a `RangeError` for a message that is compressed or longer than the limit. */
  push(chunk: Uint8Array): readonly Uint8Array[]
}

export function frameParser(messageBytesMax: number): FrameParser {
  let chunks: Uint8Array[] = []
  let length = 0
  return {
    push(chunk) {
      chunks.push(chunk)
      length += chunk.length
      // Joined only when a message is complete, or a long one would be copied for each of its chunks.
      const needed = neededBytes(chunks, length, messageBytesMax)
      if (length < needed) return []
      const { messages, rest } = split(concatenate(chunks, length), messageBytesMax)
      chunks = [rest]
      length = rest.length
      return messages
    },
  }
}

function neededBytes(
  chunks: readonly Uint8Array[],
  length: number,
  messageBytesMax: number,
): number {
  if (length < PREFIX_BYTES) return PREFIX_BYTES
  const first = chunks[0]!
  const prefix = first.length >= PREFIX_BYTES ? first : concatenate(chunks, length)
  return PREFIX_BYTES + messageLength(prefix, 0, messageBytesMax)
}

function split(
  bytes: Uint8Array,
  messageBytesMax: number,
): { messages: Uint8Array[]; rest: Uint8Array } {
  const messages: Uint8Array[] = []
  let at = 0
  while (bytes.length - at >= PREFIX_BYTES) {
    const end = at + PREFIX_BYTES + messageLength(bytes, at, messageBytesMax)
    if (end > bytes.length) break
    messages.push(bytes.subarray(at + PREFIX_BYTES, end))
    at = end
  }
  return { messages, rest: bytes.subarray(at) }
}

function messageLength(bytes: Uint8Array, at: number, max: number): number {
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, PREFIX_BYTES).getUint32(1)
  if (bytes[at] !== 0) throw new RangeError('received compressed message')
  if (length > max) throw new RangeError(`received message larger than max (${length} vs. ${max})`)
  return length
}
