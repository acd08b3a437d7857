import { Tag } from './der.ts'

/** One element as read: `raw` spans tag and length too. All are views of the bytes that were read. */
export interface DerElement {
  readonly tag: number
  readonly content: Uint8Array
  readonly raw: Uint8Array
}

/** Bytes are not the encoding they should be. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

/** The element that `bytes` start with. Throws `DerError`. */
export function readElement(bytes: Uint8Array): DerElement {
  const tag = bytes[0]
  const first = bytes[1]
  if (tag === undefined || first === undefined) throw new DerError('unexpected end of data')
  if ((tag & 0x1f) === 0x1f) throw new DerError('tags above 30 are not supported')

  const lengthSize = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || lengthSize > 4) throw new DerError('invalid length')
  const start = 2 + lengthSize
  const length = lengthSize === 0 ? first : bigEndian(bytes.subarray(2, start))
  if (start + length > bytes.length) throw new DerError('unexpected end of data')
  return {
    tag,
    content: bytes.subarray(start, start + length),
    raw: bytes.subarray(0, start + length),
  }
}

/** The elements inside a constructed one, or in any run of them. Throws `DerError`. */
export function readElements(content: Uint8Array): readonly DerElement[] {
  const elements: DerElement[] = []
  for (let rest = content; rest.length > 0; rest = rest.subarray(elements.at(-1)!.raw.length)) {
    elements.push(readElement(rest))
  }
  return elements
}

/** The content of an element that must have this tag. Throws `DerError`. */
export function expectTag(element: DerElement | undefined, tag: number): Uint8Array {
  if (element?.tag !== tag) throw new DerError(`expected an element with tag ${tag}`)
  return element.content
}

/** The elements of a SEQUENCE. Throws `DerError`. */
export function readSequence(element: DerElement | undefined): readonly DerElement[] {
  return readElements(expectTag(element, Tag.sequence))
}

/** The dotted form of an OBJECT IDENTIFIER. Throws `DerError`. */
export function readOid(element: DerElement | undefined): string {
  const arcs: number[] = []
  let arc = 0
  for (const byte of expectTag(element, Tag.oid)) {
    arc = arc * 128 + (byte & 0x7f)
    if (byte & 0x80) continue
    arcs.push(arc)
    arc = 0
  }
  const [head = 0, ...rest] = arcs
  const first = Math.min(Math.floor(head / 40), 2)
  return [first, head - first * 40, ...rest].join('.')
}

/** The bytes of a BIT STRING that ends on a whole byte. Throws `DerError`. */
export function readBitString(element: DerElement | undefined): Uint8Array {
  const content = expectTag(element, Tag.bitString)
  if (content[0] !== 0) throw new DerError('expected a whole number of bytes')
  return content.subarray(1)
}

/** Text in any of the string types of names; those beyond ASCII are UTF-8. */
export function readText(element: DerElement | undefined): string {
  if (!element) throw new DerError('expected a string')
  return new TextDecoder().decode(element.content)
}

/** Milliseconds since the Unix epoch of a UTCTime or GeneralizedTime. Throws `DerError`. */
export function readTime(element: DerElement | undefined): number {
  const digits = readText(element)
  const full = element?.tag === Tag.utcTime ? `${centuryOf(digits)}${digits}` : digits
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full)
  if (!parts) throw new DerError('invalid time')
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number)
  return Date.UTC(year!, month! - 1, day, hour, minute, second)
}

function centuryOf(digits: string): string {
  return Number(digits.slice(0, 2)) < 50 ? '20' : '19'
}

function bigEndian(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}
