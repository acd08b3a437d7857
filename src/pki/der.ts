/** The tags of X.690 that certificates and keys use. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

const UTC_TIME_YEAR_MAX = 2049 // From 2050 on a certificate's times are GeneralizedTime (RFC 5280, 4.1.2.5).

/** One element in the distinguished encoding rules: tag, length, content. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return join([Uint8Array.of(tag, ...lengthBytes(length)), ...parts])
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return element(Tag.sequence, ...parts)
}

/** A non-negative INTEGER from its big-endian bytes. */
export function integer(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0)
  const digits = first === -1 ? Uint8Array.of(0) : bytes.subarray(first)
  return element(Tag.integer, digits[0]! & 0x80 ? join([Uint8Array.of(0), digits]) : digits)
}

export function boolean(value: boolean): Uint8Array {
  return element(Tag.boolean, Uint8Array.of(value ? 0xff : 0))
}

export function octetString(content: Uint8Array): Uint8Array {
  return element(Tag.octetString, content)
}

export function bitString(content: Uint8Array, unusedBits = 0): Uint8Array {
  return element(Tag.bitString, Uint8Array.of(unusedBits), content)
}

export function utf8String(text: string): Uint8Array {
  return textElement(Tag.utf8String, text)
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(Tag.oid, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)))
}

/** A certificate's time, in whole seconds, from milliseconds since the Unix epoch. */
export function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')
  return Number(digits.slice(0, 4)) > UTC_TIME_YEAR_MAX
    ? textElement(Tag.generalizedTime, `${digits}Z`)
    : textElement(Tag.utcTime, `${digits.slice(2)}Z`)
}

/** A context-specific tag, as in `[0]`. */
export function contextTag(number: number, { constructed = false } = {}): number {
  return 0x80 | (constructed ? 0x20 : 0) | number
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

function textElement(tag: number, text: string): Uint8Array {
  return element(tag, new TextEncoder().encode(text))
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length]
  const digits: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  return [0x80 | digits.length, ...digits]
}

function base128(value: number): readonly number[] {
  const digits = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift((rest % 128) | 0x80)
  }
  return digits
}
