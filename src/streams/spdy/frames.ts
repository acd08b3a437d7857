/** Names are lower case; a header given several times holds its values joined by NUL (SPDY/3, 2.6.10). */
export type SpdyHeaders = ReadonlyMap<string, string>

/** Why a stream was reset (SPDY/3, 2.6.3). */
export const RST_STATUS = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  unsupportedVersion: 4,
  cancel: 5,
  internalError: 6,
  flowControlError: 7,
  streamInUse: 8,
  streamAlreadyClosed: 9,
  invalidCredentials: 10,
  frameTooLarge: 11,
} as const

/** Why a connection goes away (SPDY/3, 2.6.6). */
export const GOAWAY_STATUS = { ok: 0, protocolError: 1, internalError: 2 } as const

/** The type numbers of control frames. */
export const CONTROL_TYPE = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const

export const SPDY_VERSION = 3
export const FRAME_HEADER_BYTES = 8
export const FLAG_FIN = 1
export const FLAG_UNIDIRECTIONAL = 2
export const FLAG_CLEAR_SETTINGS = 1
export const STREAM_ID_MAX = 0x7fffffff

interface SpdySetting {
  readonly id: number
  readonly flags: number
  readonly value: number
}

/** One frame of SPDY/3 (https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3/), unpacked. */
export type Frame =
  | {
      readonly type: 'SYN_STREAM'
      readonly streamId: number
      readonly associatedTo: number
      /** 0 is the most urgent, 7 the least. */
      readonly priority: number
      readonly fin: boolean
      readonly unidirectional: boolean
      readonly headers: SpdyHeaders
    }
  | {
      readonly type: 'SYN_REPLY'
      readonly streamId: number
      readonly fin: boolean
      readonly headers: SpdyHeaders
    }
  | { readonly type: 'RST_STREAM'; readonly streamId: number; readonly status: number }
  | {
      readonly type: 'SETTINGS'
      readonly clear: boolean
      readonly settings: readonly SpdySetting[]
    }
  | { readonly type: 'PING'; readonly id: number }
  | { readonly type: 'GOAWAY'; readonly lastGoodStreamId: number; readonly status: number }
  | {
      readonly type: 'HEADERS'
      readonly streamId: number
      readonly fin: boolean
      readonly headers: SpdyHeaders
    }
  | { readonly type: 'WINDOW_UPDATE'; readonly streamId: number; readonly delta: number }
  /** A decoder hands out the payload of one frame in several pieces, as they arrive; `fin` comes with the last. */
  | {
      readonly type: 'DATA'
      readonly streamId: number
      readonly fin: boolean
      readonly data: Uint8Array
    }

/**
 * Compresses and decompresses header blocks. Each direction of a connection is one zlib stream over all its header
 * blocks, so an instance belongs to one connection and sees its blocks in order.
 */
export interface HeaderCompression {
  compress(block: Uint8Array): Uint8Array
  /** Throws `SpdyError` when the bytes are not what zlib wrote, or grow beyond what a header block may hold. */
  decompress(bytes: Uint8Array): Uint8Array
}

/** The peer broke the protocol; the connection cannot go on. */
export class SpdyError extends Error {
  override readonly name = 'SpdyError'
}
