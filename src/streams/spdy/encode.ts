import { concatenate } from '../../base/bytes.ts'
import {
  CONTROL_TYPE,
  FLAG_CLEAR_SETTINGS,
  FLAG_FIN,
  FLAG_UNIDIRECTIONAL,
  FRAME_HEADER_BYTES,
  SPDY_VERSION,
  type Frame,
  type HeaderCompression,
} from './frames.ts'
import { encodeHeaderBlock } from './header-block.ts'

/** Writes a frame, header blocks compressed in the order of the calls. */
export function encodeFrame(frame: Frame, compression: HeaderCompression): Uint8Array {
  switch (frame.type) {
    case 'SYN_STREAM': {
      const flags = (frame.fin ? FLAG_FIN : 0) | (frame.unidirectional ? FLAG_UNIDIRECTIONAL : 0)
      const fixed = [
        ...uint32(frame.streamId),
        ...uint32(frame.associatedTo),
        frame.priority << 5,
        0,
      ]
      const block = compression.compress(encodeHeaderBlock(frame.headers))
      return control(CONTROL_TYPE.synStream, flags, fixed, block)
    }
    case 'SYN_REPLY':
    case 'HEADERS': {
      const type = frame.type === 'HEADERS' ? CONTROL_TYPE.headers : CONTROL_TYPE.synReply
      const block = compression.compress(encodeHeaderBlock(frame.headers))
      return control(type, frame.fin ? FLAG_FIN : 0, uint32(frame.streamId), block)
    }
    case 'RST_STREAM':
      return control(CONTROL_TYPE.rstStream, 0, [
        ...uint32(frame.streamId),
        ...uint32(frame.status),
      ])
    case 'SETTINGS': {
      const settings = frame.settings.flatMap((s) => [
        ...uint32((s.flags << 24) | s.id),
        ...uint32(s.value),
      ])
      const flags = frame.clear ? FLAG_CLEAR_SETTINGS : 0
      return control(CONTROL_TYPE.settings, flags, [...uint32(frame.settings.length), ...settings])
    }
    case 'PING':
      return control(CONTROL_TYPE.ping, 0, uint32(frame.id))
    case 'GOAWAY':
      return control(CONTROL_TYPE.goAway, 0, [
        ...uint32(frame.lastGoodStreamId),
        ...uint32(frame.status),
      ])
    case 'WINDOW_UPDATE':
      return control(CONTROL_TYPE.windowUpdate, 0, [
        ...uint32(frame.streamId),
        ...uint32(frame.delta),
      ])
    case 'DATA':
      return concatenate([
        encodeDataHeader(frame.streamId, frame.data.length, frame.fin),
        frame.data,
      ])
    default:
      return frame satisfies never
  }
}

/** The eight bytes before the payload of a data frame, for a writer that does not want to copy the payload. */
export function encodeDataHeader(streamId: number, length: number, fin: boolean): Uint8Array {
  return Uint8Array.of(...uint32(streamId), fin ? FLAG_FIN : 0, ...uint24(length))
}

function control(
  type: number,
  flags: number,
  fixed: readonly number[],
  block: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const header = [0x80, SPDY_VERSION, 0, type, flags, ...uint24(fixed.length + block.length)]
  const frame = new Uint8Array(FRAME_HEADER_BYTES + fixed.length + block.length)
  frame.set(header)
  frame.set(fixed, FRAME_HEADER_BYTES)
  frame.set(block, FRAME_HEADER_BYTES + fixed.length)
  return frame
}

function uint32(value: number): readonly number[] {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]
}

function uint24(value: number): readonly number[] {
  return uint32(value).slice(1)
}
