import { quote } from './go-format.ts'
import { ParseError } from './parse-error.ts'

/** A number, or a percentage such as `25%`, or the name of a port. */
export type IntOrString = number | string

/**
 * The number that a value means, percentages taken of `total` and rounded as asked. Throws `ParseError` for a text
 * that is no percentage.
 */
export function scaledValue(value: IntOrString, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value
  const percent = percentOf(value)
  const exact = (percent * total) / 100
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact)
}

function percentOf(text: string): number {
  if (!text.endsWith('%')) {
    throw new ParseError('invalid value for IntOrString: invalid type: string is not a percentage')
  }
  const digits = text.slice(0, -1)
  if (/^[+-]?\d+$/.test(digits)) return Number(digits)
  throw new ParseError(
    `invalid value for IntOrString: invalid value ${quote(text)}: strconv.Atoi: parsing ${quote(digits)}: invalid syntax`,
  )
}

/** Reads a number where the text is one, as the command line does. */
export function parseIntOrString(text: string): IntOrString {
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN
  return Math.abs(number) <= 2 ** 31 - 1 ? number : text
}
