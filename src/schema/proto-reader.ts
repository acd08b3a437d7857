import { BYTES, FIXED32, FIXED64, VARINT } from './proto-writer.ts'

/** The bytes are no protobuf of the message. Worded as Go's decoder does. */
export class ProtoError extends Error {
  override readonly name = 'ProtoError'
}

// A mark at the start is a character like any other.
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })
const TEXT_LOOP_MAX = 24
const DEPTH_MAX = 1000

/** Reads protobuf from some bytes. Throws `ProtoError`. */
export class ProtoReader {
  readonly #bytes: Uint8Array
  #position = 0
  #end: number
  #depth = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#end = bytes.length
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#end
  }

  /** A number of up to 53 bits: a tag, a length, a bool. */
  varint(): number {
    let byte = this.#byte()
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    for (let scale = 0x80; scale <= 2 ** 49; scale *= 0x80) {
      byte = this.#byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    throw new ProtoError('proto: integer overflow')
  }

  /** A signed number of 64 bits; a bigint only where it does not fit a double. */
  int64(): number | bigint {
    return small(BigInt.asIntN(64, this.#bits()))
  }

  uint64(): number | bigint {
    return small(this.#bits())
  }

  /** A signed number of 32 bits. Negative ones come with 64. */
  int32(): number {
    const first = this.#bytes[this.#position]
    if (first !== undefined && first < 0x80 && this.#position < this.#end) {
      this.#position += 1
      return first
    }
    return Number(BigInt.asIntN(32, this.#bits()))
  }

  double(): number {
    return finite(this.#view(8).getFloat64(0, true))
  }

  float(): number {
    return finite(this.#view(4).getFloat32(0, true))
  }

  /** The bytes of a field, not copied. */
  bytes(): Uint8Array {
    return this.#take(this.varint())
  }

  text(): string {
    const bytes = this.bytes()
    if (bytes.length > TEXT_LOOP_MAX) return DECODER.decode(bytes)
    let text = ''
    for (const byte of bytes) {
      if (byte >= 0x80) return DECODER.decode(bytes)
      text += String.fromCharCode(byte)
    }
    return text
  }

  /** Lets `read` see a nested message, once for each of its fields. */
  nested(read: (tag: number, wireType: number) => void): void {
    const length = this.varint()
    const outer = this.#end
    if (this.#position + length > outer) throw new ProtoError('unexpected EOF')
    if (++this.#depth > DEPTH_MAX) throw new ProtoError('exceeded max depth')
    this.#end = this.#position + length
    this.fields(read)
    this.#end = outer
    this.#depth -= 1
  }

  /** Calls `read` until a list of numbers that come one after the other, without tags, is read. */
  packed(read: () => void): void {
    const end = this.varint() + this.#position
    if (end > this.#end) throw new ProtoError('unexpected EOF')
    while (this.#position < end) read()
  }

  /** Calls `read` once for each field up to the end. */
  fields(read: (tag: number, wireType: number) => void): void {
    while (this.#position < this.#end) {
      const key = this.varint()
      const tag = Math.floor(key / 8)
      if (tag === 0) throw new ProtoError(`proto: illegal tag ${tag} (wire type ${key % 8})`)
      read(tag, key % 8)
    }
  }

  /** Passes over the field that comes next. */
  skip(wireType: number): void {
    if (wireType === VARINT) this.#bits()
    else if (wireType === BYTES) this.bytes()
    else if (wireType === FIXED64) this.#take(8)
    else if (wireType === FIXED32) this.#take(4)
    else throw new ProtoError(`proto: illegal wireType ${wireType}`)
  }

  #byte(): number {
    if (this.#position >= this.#end) throw new ProtoError('unexpected EOF')
    return this.#bytes[this.#position++]!
  }

  #bits(): bigint {
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte()
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return BigInt(low)
    }
    let bits = BigInt(low)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      bits |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, bits)
    }
    throw new ProtoError('proto: integer overflow')
  }

  #take(length: number): Uint8Array {
    const start = this.#position
    if (start + length > this.#end) throw new ProtoError('unexpected EOF')
    this.#position += length
    return this.#bytes.subarray(start, start + length)
  }

  #view(length: number): DataView {
    const { buffer, byteOffset } = this.#take(length)
    return new DataView(buffer, byteOffset, length)
  }
}

// What JSON cannot say could not be stored.
function finite(value: number): number {
  if (Number.isFinite(value)) return value + 0 // Not -0.
  throw new ProtoError(`json: unsupported value: ${value === Infinity ? '+Inf' : value}`)
}

function small(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
