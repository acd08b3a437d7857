import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { DICTIONARY_ID, spdyDictionary } from './dictionary.ts'
import { SpdyError, type HeaderCompression } from './frames.ts'

/** The longest header block after decompression; a longer one ends the connection. */
export const HEADER_BLOCK_BYTES_MAX = 64 * 1024

const WINDOW_BYTES = 32 * 1024 // How far back deflate may refer.
const ZLIB_HEADER_BYTES = 6
// Method deflate with a 32 KiB window, best compression, preset dictionary; then the dictionary's id.
const ZLIB_HEADER = Uint8Array.of(0x78, 0xf9, ...dictionaryIdBytes())

/**
 * SPDY's zlib stream, block by block. Each header block ends with a sync flush, hence on a byte boundary, and what it may
 * refer to is the 32 KiB before it. So every block is a deflate stream of its own with those as its dictionary, which
 * needs no state inside zlib and can be done in one synchronous call.
 */
export function headerCompression(): HeaderCompression {
  const output = window()
  const input = window()
  let headerWritten = false
  let headerRead = false
  return {
    compress(block) {
      const deflated = deflateRawSync(block, {
        dictionary: output.bytes(),
        level: constants.Z_BEST_COMPRESSION,
        finishFlush: constants.Z_SYNC_FLUSH,
      })
      output.add(block)
      if (headerWritten) return deflated
      headerWritten = true
      return Buffer.concat([ZLIB_HEADER, deflated])
    },
    decompress(bytes) {
      if (!headerRead) checkZlibHeader(bytes)
      const deflated = headerRead ? bytes : bytes.subarray(ZLIB_HEADER_BYTES)
      headerRead = true
      const block = inflate(deflated, input.bytes())
      input.add(block)
      return block
    },
  }
}

function inflate(bytes: Uint8Array, dictionary: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes, {
      dictionary,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: HEADER_BLOCK_BYTES_MAX,
    })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new SpdyError(`Cannot decompress header block: ${error.message}`, { cause: error })
  }
}

/** RFC 1950: method and flags, whose number divides by 31, and the id of the preset dictionary. */
function checkZlibHeader(bytes: Uint8Array): void {
  const [method = 0, flags = 0] = bytes
  const valid = (method & 0x0f) === 8 && ((method << 8) | flags) % 31 === 0 && (flags & 0x20) !== 0
  const named = bytes.subarray(2, ZLIB_HEADER_BYTES)
  if (!valid || Buffer.compare(named, dictionaryIdBytes()) !== 0) {
    throw new SpdyError(
      'Cannot decompress header block: not a zlib stream with the dictionary of SPDY/3',
    )
  }
}

function dictionaryIdBytes(): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(DICTIONARY_ID)
  return bytes
}

/** The last 32 KiB that went through one direction, the dictionary at first. */
function window(): { bytes(): Uint8Array; add(block: Uint8Array): void } {
  let bytes = spdyDictionary()
  return {
    bytes: () => bytes,
    add(block) {
      bytes = Buffer.concat([bytes, block]).subarray(-WINDOW_BYTES)
    },
  }
}
