import {
  CONTROL_TYPE,
  FLAG_CLEAR_SETTINGS,
  FLAG_FIN,
  FLAG_UNIDIRECTIONAL,
  FRAME_HEADER_BYTES,
  SPDY_VERSION,
  SpdyError,
  STREAM_ID_MAX,
  type Frame,
  type HeaderCompression,
} from './frames.ts'
import { decodeHeaderBlock } from './header-block.ts'

/** The longest control frame that is read; a longer one ends the connection. Data frames are never held back. */
export const CONTROL_FRAME_BYTES_MAX = 64 * 1024

/** Finds frames in a sequence of bytes that arrives in pieces of any size. */
export interface FrameDecoder {
  /**
   * The frames that `bytes` completes, in order. Payloads of data frames are views into `bytes`.
   * Throws `SpdyError` when the bytes are not SPDY/3; the decoder is of no further use then.
   */
  push(bytes: Uint8Array): Generator<Frame, void, void>
}

type State =
  | { readonly type: 'header' }
  | { readonly type: 'control'; readonly header: ControlHeader }
  | {
      readonly type: 'data'
      readonly streamId: number
      readonly fin: boolean
      readonly remaining: number
    }

type DataFrame = Frame & { readonly type: 'DATA' }

interface ControlHeader {
  readonly type: number
  readonly flags: number
  readonly length: number
}

export function frameDecoder(compression: HeaderCompression): FrameDecoder {
  let state: State = { type: 'header' }
  const gathered = gatherer()

  return {
    *push(bytes) {
      let rest = bytes
      // A frame of length zero is complete without a further byte.
      while (rest.length > 0 || (state.type === 'control' && state.header.length === 0)) {
        if (state.type === 'data') {
          const data = rest.subarray(0, state.remaining)
          const remaining: number = state.remaining - data.length
          const fin: boolean = state.fin && remaining === 0
          const { streamId } = state
          state = remaining === 0 ? { type: 'header' } : { ...state, remaining }
          rest = rest.subarray(data.length)
          yield { type: 'DATA', streamId, fin, data }
          continue
        }
        const wanted: number = state.type === 'header' ? FRAME_HEADER_BYTES : state.header.length
        const part = gathered.take(rest, wanted)
        rest = rest.subarray(part.used)
        if (!part.whole) return
        if (state.type === 'header') {
          const next: State | DataFrame = readHeader(part.whole)
          if (next.type === 'DATA') yield next
          else state = next
        } else {
          const { header } = state
          state = { type: 'header' }
          const frame = readControl(header, part.whole, compression)
          if (frame) yield frame
        }
      }
    },
  }
}

/** Collects a wanted number of bytes over several calls; copies only what is split. */
function gatherer(): {
  take(bytes: Uint8Array, wanted: number): { used: number; whole?: Uint8Array }
} {
  let parts: Uint8Array[] = []
  let length = 0
  return {
    take(bytes, wanted) {
      const used = Math.min(bytes.length, wanted - length)
      if (length === 0 && used === wanted) return { used, whole: bytes.subarray(0, used) }
      parts.push(bytes.slice(0, used))
      length += used
      if (length < wanted) return { used }
      const whole = new Uint8Array(wanted)
      let offset = 0
      for (const part of parts) {
        whole.set(part, offset)
        offset += part.length
      }
      parts = []
      length = 0
      return { used, whole }
    },
  }
}

function readHeader(bytes: Uint8Array): State | DataFrame {
  const view = viewOf(bytes)
  const flags = bytes[4]!
  const length = view.getUint32(4) & 0xffffff
  if (bytes[0]! & 0x80) return { type: 'control', header: readControlHeader(view, flags, length) }

  const streamId = view.getUint32(0)
  if (streamId === 0) throw new SpdyError('Cannot read data frame: stream id zero is disallowed')
  const fin = (flags & FLAG_FIN) !== 0
  if (length === 0) return { type: 'DATA', streamId, fin, data: bytes.subarray(0, 0) }
  return { type: 'data', streamId, fin, remaining: length }
}

function readControlHeader(view: DataView, flags: number, length: number): ControlHeader {
  const version = view.getUint16(0) & 0x7fff
  if (version !== SPDY_VERSION)
    throw new SpdyError(`Cannot read control frame: version ${version} is not 3`)
  if (length > CONTROL_FRAME_BYTES_MAX) {
    throw new SpdyError(
      `Cannot read control frame: ${length} bytes, at most ${CONTROL_FRAME_BYTES_MAX}`,
    )
  }
  return { type: view.getUint16(2), flags, length }
}

/** Undefined for a type that the specification tells us to ignore. */
function readControl(
  header: ControlHeader,
  body: Uint8Array,
  compression: HeaderCompression,
): Frame | undefined {
  const { flags } = header
  const fin = (flags & FLAG_FIN) !== 0
  const headers = (from: number) => decodeHeaderBlock(compression.decompress(body.subarray(from)))
  switch (header.type) {
    case CONTROL_TYPE.synStream: {
      const view = bodyView(header, body, { atLeast: 10 })
      return {
        type: 'SYN_STREAM',
        streamId: streamIdAt(view, 0),
        associatedTo: view.getUint32(4) & STREAM_ID_MAX,
        priority: view.getUint8(8) >> 5,
        fin,
        unidirectional: (flags & FLAG_UNIDIRECTIONAL) !== 0,
        headers: headers(10),
      }
    }
    case CONTROL_TYPE.synReply:
    case CONTROL_TYPE.headers: {
      const streamId = streamIdAt(bodyView(header, body, { atLeast: 4 }), 0)
      const type = header.type === CONTROL_TYPE.headers ? 'HEADERS' : 'SYN_REPLY'
      return { type, streamId, fin, headers: headers(4) }
    }
    case CONTROL_TYPE.rstStream: {
      const view = bodyView(header, body, { exactly: 8 })
      return { type: 'RST_STREAM', streamId: streamIdAt(view, 0), status: view.getUint32(4) }
    }
    case CONTROL_TYPE.settings:
      return readSettings(header, body)
    case CONTROL_TYPE.ping:
      return { type: 'PING', id: bodyView(header, body, { exactly: 4 }).getUint32(0) }
    case CONTROL_TYPE.goAway: {
      const view = bodyView(header, body, { exactly: 8 })
      return {
        type: 'GOAWAY',
        lastGoodStreamId: view.getUint32(0) & STREAM_ID_MAX,
        status: view.getUint32(4),
      }
    }
    case CONTROL_TYPE.windowUpdate: {
      const view = bodyView(header, body, { exactly: 8 })
      const streamId = view.getUint32(0) & STREAM_ID_MAX // Zero means the whole connection in SPDY/3.1.
      return { type: 'WINDOW_UPDATE', streamId, delta: view.getUint32(4) & 0x7fffffff }
    }
    default:
      return undefined
  }
}

function readSettings(header: ControlHeader, body: Uint8Array): Frame {
  const view = bodyView(header, body, { atLeast: 4 })
  const count = view.getUint32(0)
  if (body.length !== 4 + 8 * count)
    throw new SpdyError(`Cannot read SETTINGS: ${body.length} bytes for ${count}`)
  const settings = Array.from({ length: count }, (_, i) => {
    const word = view.getUint32(4 + 8 * i)
    return { id: word & 0xffffff, flags: word >>> 24, value: view.getUint32(8 + 8 * i) }
  })
  return { type: 'SETTINGS', clear: (header.flags & FLAG_CLEAR_SETTINGS) !== 0, settings }
}

function bodyView(
  header: ControlHeader,
  body: Uint8Array,
  size: { readonly atLeast: number } | { readonly exactly: number },
): DataView {
  const fits = 'exactly' in size ? body.length === size.exactly : body.length >= size.atLeast
  if (!fits)
    throw new SpdyError(`Cannot read control frame of type ${header.type}: ${body.length} bytes`)
  return viewOf(body)
}

function streamIdAt(view: DataView, offset: number): number {
  const streamId = view.getUint32(offset) & STREAM_ID_MAX
  if (streamId === 0) throw new SpdyError('Cannot read control frame: stream id zero is disallowed')
  return streamId
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
