/** The wire types of protobuf. See https://protobuf.dev/programming-guides/encoding/ */
export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

const ENCODER = new TextEncoder()
const BYTES_MIN = 1024
const TWO_32 = 2 ** 32

/**
 * Writes protobuf from the end to the start: what is written last comes first. So the length of a nested message is
 * known when it is to be written, and nothing is written twice.
 */
export class ProtoWriter {
  #buffer: Uint8Array<ArrayBuffer>
  #start: number

  constructor(sizeBytes = BYTES_MIN) {
    this.#buffer = new Uint8Array(sizeBytes)
    this.#start = sizeBytes
  }

  /** How many bytes are written; the difference of two is the length of what was written between. */
  get length(): number {
    return this.#buffer.length - this.#start
  }

  /** A copy of what is written. */
  finish(): Uint8Array {
    return this.#buffer.slice(this.#start)
  }

  tag(tag: number, wireType: number): void {
    this.varint(tag * 8 + wireType)
  }

  /** The length and tag of a nested message whose content ends where the writer was `lengthBefore` bytes long. */
  nested(tag: number, lengthBefore: number): void {
    this.varint(this.length - lengthBefore)
    this.tag(tag, BYTES)
  }

  /** A whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
    if (value < 0x80) {
      this.#reserve(1)
      this.#buffer[--this.#start] = value
      return
    }
    let size = 1
    for (let rest = Math.floor(value / 0x80); rest > 0; rest = Math.floor(rest / 0x80)) size += 1
    this.#reserve(size)
    this.#start -= size
    let rest = value
    for (let i = this.#start; rest >= 0x80; i++) {
      this.#buffer[i] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#buffer[this.#start + size - 1] = rest
  }

  /** A signed or unsigned number of up to 64 bits, in two's complement. */
  integer(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0) return this.varint(value)
    const bits = BigInt.asUintN(64, BigInt(value))
    const bytes: number[] = []
    for (let rest = bits; ; rest >>= 7n) {
      const last = rest < 0x80n
      bytes.push(Number(rest & 0x7fn) | (last ? 0 : 0x80))
      if (last) break
    }
    this.bytes(Uint8Array.from(bytes))
  }

  double(value: number): void {
    this.#reserve(8)
    this.#start -= 8
    new DataView(this.#buffer.buffer).setFloat64(this.#start, value, true)
  }

  float(value: number): void {
    this.#reserve(4)
    this.#start -= 4
    new DataView(this.#buffer.buffer).setFloat32(this.#start, value, true)
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#start -= bytes.length
    this.#buffer.set(bytes, this.#start)
  }

  /** A text in UTF-8. */
  text(text: string): void {
    const { length } = text
    // Most texts are short and ASCII, and for those a loop beats the encoder.
    if (length > TEXT_LOOP_MAX) return this.bytes(ENCODER.encode(text))
    this.#reserve(length)
    const start = this.#start - length
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80) return this.bytes(ENCODER.encode(text))
      this.#buffer[start + i] = unit
    }
    this.#start = start
  }

  #reserve(size: number): void {
    if (this.#start >= size) return
    const used = this.length
    if (used + size >= TWO_32) throw new RangeError('A protobuf message is limited to 4 GiB')
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, used + size))
    larger.set(this.#buffer.subarray(this.#start), larger.length - used)
    this.#buffer = larger
    this.#start = larger.length - used
  }
}

const TEXT_LOOP_MAX = 64
