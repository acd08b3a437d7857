import { encodeJson, parseJson } from '../../../schema/json.ts'
import { decodeCbor, encodeCbor } from '../../../schema/cbor.ts'
import type { MessageClass } from '../../../schema/message.ts'
import {
  decodeMessage,
  decodeWatchFrame,
  encodeProtobuf,
  unwrap,
} from '../../../schema/protobuf.ts'
import { utf8 } from '../../base/bytes.ts'

type Json = Record<string, unknown>

interface Event {
  readonly type: string
  readonly object: Json
}

/** One encoding as a client speaks it. */
export interface ClientEncoding {
  readonly name: string
  readonly type: string
  readonly watchType: string
  readonly encode: (message: MessageClass, object: object) => Uint8Array
  readonly decode: (message: MessageClass, bytes: Uint8Array) => Json
  /** The first event of a watch, and how many bytes it takes; undefined while it is not whole. */
  readonly event: (message: MessageClass, bytes: Uint8Array) => [Event, number] | undefined
}

const json: ClientEncoding = {
  name: 'JSON',
  type: 'application/json',
  watchType: 'application/json',
  encode: (_, object) => utf8(encodeJson(object)),
  decode: (_, bytes) => parseJson(bytes) as Json,
  event(_, bytes) {
    const end = bytes.indexOf(0x0a)
    return end < 0 ? undefined : [parseJson(bytes.subarray(0, end)) as Event, end + 1]
  },
}

const LENGTH_BYTES = 4

const protobuf: ClientEncoding = {
  name: 'protobuf',
  type: 'application/vnd.kubernetes.protobuf',
  watchType: 'application/vnd.kubernetes.protobuf;stream=watch',
  encode: (message, object) => encodeProtobuf(message, object as never),
  decode(message, bytes) {
    const { apiVersion, kind, raw } = unwrap(bytes)
    return { kind, apiVersion, ...decodeMessage(message, raw) }
  },
  event(message, bytes) {
    if (bytes.length < LENGTH_BYTES) return undefined
    const end = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) + LENGTH_BYTES
    if (bytes.length < end) return undefined
    const { type, object } = decodeWatchFrame(bytes.subarray(LENGTH_BYTES, end))
    return [{ type, object: protobuf.decode(message, object) }, end]
  },
}

const cbor: ClientEncoding = {
  name: 'CBOR',
  type: 'application/cbor',
  watchType: 'application/cbor-seq',
  encode: (message, object) => encodeCbor(object, message),
  decode: (_, bytes) => decodeCbor(bytes) as Json,
  event(_, bytes) {
    // Items say themselves where they end, but only to a reader; one alone is what a test waits for.
    try {
      return [decodeCbor(bytes) as Event, bytes.length]
    } catch {
      return undefined
    }
  },
}

/** All encodings in which objects go both ways and can be watched. */
export const CLIENT_ENCODINGS: readonly ClientEncoding[] = [json, protobuf, cbor]
