const encoder = new TextEncoder()
const SMALL = 2 ** 31

/** Writes the protobuf wire format (https://protobuf.dev/programming-guides/encoding/). */
export class ProtoWriter {
  #bytes = new Uint8Array(256)
  #length = 0

  /** What was written so far. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  key(tag: number, wireType: 0 | 1 | 2): void {
    this.varint((tag << 3) | wireType)
  }

  /** A 64-bit integer; a negative one takes ten bytes, as its two's complement. */
  varint(value: bigint | number): void {
    if (typeof value === 'number' && value >= 0 && value < SMALL) return this.#small(value)
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest > 0x7fn) {
      this.#byte(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    this.#byte(Number(rest))
  }

  // Most numbers are short: no big integers for them.
  #small(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.#byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.#byte(rest)
  }

  double(value: number): void {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value, true)
    this.#append(bytes)
  }

  /** Bytes with their length in front. */
  delimited(bytes: Uint8Array): void {
    this.varint(bytes.length)
    this.#append(bytes)
  }

  string(value: string): void {
    this.delimited(encoder.encode(value))
  }

  #byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}
