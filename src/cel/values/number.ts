/** An unsigned 64-bit integer. Signed ones are plain bigints, and doubles are numbers. */
export class Uint {
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }
}

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const UINT64_MAX = 2n ** 64n - 1n

export function isInt64(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX
}

export function isUint64(value: bigint): boolean {
  return value >= 0n && value <= UINT64_MAX
}

/** Any of CEL's numbers. */
export type Numeric = bigint | number | Uint

export function isNumeric(value: unknown): value is Numeric {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint
}

/**
 * Negative, zero or positive; NaN where one of them is no number. An integer is compared with a double as the double
 * next to it, as cel-go does.
 */
export function compareNumbers(a: Numeric, b: Numeric): number {
  let left = a instanceof Uint ? a.value : a
  let right = b instanceof Uint ? b.value : b
  if (typeof left === 'number') right = Number(right)
  else if (typeof right === 'number') left = Number(left)
  if (left < right) return -1
  if (left > right) return 1
  return Number.isNaN(left) || Number.isNaN(right) ? NaN : 0
}

/** A double as Go's `%g` writes it: shortest form, exponents below -4 and from 21 on. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  if (value === 0) return '0'
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 21) return plainDecimal(value)
  const sign = power < 0 ? '-' : '+'
  return `${mantissa}e${sign}${String(Math.abs(power)).padStart(2, '0')}`
}

/** The shortest decimal without an exponent, as Go's `%f` with precision -1. */
export function plainDecimal(value: number): string {
  const text = String(value)
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (!match) return text
  const [, sign = '', first = '', rest = '', exponent = ''] = match
  const digits = first + rest
  const point = 1 + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return sign + digits.padEnd(point, '0')
}
