const decoder = new TextDecoder()

/** Reads the protobuf wire format. Throws a `RangeError` where the bytes end early or make no sense. */
export class ProtoReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  key(): { readonly tag: number; readonly wireType: number } {
    const key = this.number()
    return { tag: key >>> 3, wireType: key & 7 }
  }

  /** A signed 64-bit integer as a number: beyond 2^53 it is the nearest one. */
  number(): number {
    // Most numbers are short: no big integers for them.
    const start = this.#at
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#next()
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return low
    }
    this.#at = start
    return Number(BigInt.asIntN(64, this.varint()))
  }

  /** A 64-bit integer, unsigned. */
  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#next()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new RangeError('Cannot read protobuf: integer is longer than 64 bits')
  }

  double(): number {
    const bytes = this.#take(8)
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true)
  }

  /** Bytes with their length in front: a view, not a copy. */
  delimited(): Uint8Array {
    return this.#take(this.number())
  }

  string(): string {
    return decoder.decode(this.delimited())
  }

  /** Passes over a field that the reader does not know. */
  skip(wireType: number): void {
    if (wireType === 0) this.varint()
    else if (wireType === 1) this.#take(8)
    else if (wireType === 2) this.delimited()
    else if (wireType === 5) this.#take(4)
    else throw new RangeError(`Cannot read protobuf: wire type ${wireType} is not supported`)
  }

  #next(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new RangeError('Cannot read protobuf: message ends early')
    return byte
  }

  #take(count: number): Uint8Array {
    const end = this.#at + count
    if (end > this.#bytes.length) throw new RangeError('Cannot read protobuf: message ends early')
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }
}
