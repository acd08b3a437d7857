import { SpdyError, type SpdyHeaders } from './frames.ts'

/** Header names and values in one block; Kubernetes sends three or four. */
const HEADERS_MAX = 128

/** Writes a name/value header block: the count, then each name and value behind its length (SPDY/3, 2.6.10). */
export function encodeHeaderBlock(headers: SpdyHeaders): Uint8Array {
  const encoder = new TextEncoder()
  const strings = [...headers].flatMap(([name, value]) => [
    encoder.encode(name.toLowerCase()),
    encoder.encode(value),
  ])
  const block = new Uint8Array(strings.reduce((length, bytes) => length + 4 + bytes.length, 4))
  const view = new DataView(block.buffer)
  view.setUint32(0, headers.size)
  let offset = 4
  for (const bytes of strings) {
    view.setUint32(offset, bytes.length)
    block.set(bytes, offset + 4)
    offset += 4 + bytes.length
  }
  return block
}

/** Reads a name/value header block. Throws `SpdyError` unless it is whole, without duplicates and nothing follows. */
export function decodeHeaderBlock(block: Uint8Array): SpdyHeaders {
  const reader = blockReader(block)
  const count = reader.uint32()
  if (count > HEADERS_MAX)
    throw new SpdyError(`Cannot read header block: ${count} headers, at most ${HEADERS_MAX}`)
  const headers = new Map<string, string>()
  for (let i = 0; i < count; i++) {
    const name = reader.string().toLowerCase()
    if (name === '') throw new SpdyError('Cannot read header block: a name is empty')
    if (headers.has(name))
      throw new SpdyError(`Cannot read header block: ${JSON.stringify(name)} occurs twice`)
    headers.set(name, reader.string())
  }
  if (!reader.done()) throw new SpdyError('Cannot read header block: bytes follow the last header')
  return headers
}

function blockReader(block: Uint8Array): { uint32(): number; string(): string; done(): boolean } {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  let offset = 0
  const take = (length: number): number => {
    if (offset + length > block.length)
      throw new SpdyError('Cannot read header block: it ends too early')
    offset += length
    return offset - length
  }
  const uint32 = (): number => view.getUint32(take(4))
  return {
    uint32,
    string() {
      const length = uint32()
      const start = take(length)
      return new TextDecoder().decode(block.subarray(start, start + length))
    },
    done: () => offset === block.length,
  }
}
