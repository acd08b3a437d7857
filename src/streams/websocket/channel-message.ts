/** How messages carry a channel: a byte before the bytes, or a digit before their base64. */
export type ChannelCodec = 'binary' | 'base64'

/** A message of a WebSocket channel protocol (k8s.io/streaming/pkg/httpstream/wsstream). */
export interface ChannelMessage {
  readonly channel: number
  readonly data: Uint8Array
}

const DIGIT_ZERO = 0x30

export function encodeChannelMessage(
  codec: ChannelCodec,
  channel: number,
  data: Uint8Array,
): Uint8Array | string {
  if (codec === 'base64') return String.fromCharCode(DIGIT_ZERO + channel) + data.toBase64()
  const message = new Uint8Array(data.length + 1)
  message[0] = channel
  message.set(data, 1)
  return message
}

/** Undefined for an empty message and for base64 that is none; upstream skips both. */
export function decodeChannelMessage(
  codec: ChannelCodec,
  message: Uint8Array,
): ChannelMessage | undefined {
  const [first] = message
  if (first === undefined) return undefined
  if (codec === 'binary') return { channel: first, data: message.subarray(1) }
  try {
    const data = Uint8Array.fromBase64(new TextDecoder().decode(message.subarray(1)))
    return { channel: (first - DIGIT_ZERO) & 0xff, data }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
