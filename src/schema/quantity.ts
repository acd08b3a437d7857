import { recent } from '../base/recent.ts'

/**
 * resource.Quantity: a number with a suffix, such as `500m`, `2Gi` or `1e3`, exact to a billionth.
 * See https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 *
 * Worked example: `1.5Gi` is 1610612736; it is no whole number of Gi, but of Mi, so its canonical form is `1536Mi`.
 */
export interface Quantity {
  /** The value in billionths. */
  readonly nano: bigint
  readonly format: QuantityFormat
}

/** How a quantity was written, and so how it is written again. */
export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent'

export const QUANTITY_ERROR =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

const NANO = 10n ** 9n
const NANO_MAX = (2n ** 63n - 1n) * NANO
const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d{1,3})?$/
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']

/** Reads a quantity; undefined where the text is none. Finer than a billionth is rounded away from zero. */
export const parseQuantity: (text: string) => Quantity | undefined = recent((text) => {
  const match = PATTERN.exec(text)
  if (!match || (!match[2] && !match[3])) return undefined
  const [, sign, whole = '', fraction = '', suffix = ''] = match
  const { format, numerator, denominator } = scaleOf(suffix)
  const scaled = BigInt(whole + fraction) * numerator * NANO
  const nano = ceilDiv(scaled, denominator * 10n ** BigInt(fraction.length))
  const capped = nano > NANO_MAX ? NANO_MAX : nano
  return { nano: sign === '-' ? -capped : capped, format }
})

function scaleOf(suffix: string): {
  format: QuantityFormat
  numerator: bigint
  denominator: bigint
} {
  const binary = BINARY.indexOf(suffix)
  if (binary > 0) return { format: 'BinarySI', numerator: 1024n ** BigInt(binary), denominator: 1n }
  const decimal = DECIMAL.indexOf(suffix)
  const [format, exponent]: [QuantityFormat, number] =
    decimal >= 0 ? ['DecimalSI', (decimal - 3) * 3] : ['DecimalExponent', Number(suffix.slice(1))]
  return exponent >= 0
    ? { format, numerator: 10n ** BigInt(exponent), denominator: 1n }
    : { format, numerator: 1n, denominator: 10n ** BigInt(-exponent) }
}

function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b
}

/** The canonical form: no fraction, and the largest suffix that needs none. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0'
  const size = nano < 0n ? -nano : nano
  // Below 1024, or with a fraction, a binary suffix cannot say it.
  if (format === 'BinarySI' && size >= 1024n * NANO && size % NANO === 0n) {
    return withSuffix(nano / NANO, 1024n, BINARY)
  }
  if (format !== 'DecimalExponent') return withSuffix(nano, 1000n, DECIMAL)
  let [mantissa, exponent] = [nano, -9]
  while (mantissa % 1000n === 0n) {
    mantissa /= 1000n
    exponent += 3
  }
  return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`
}

function withSuffix(value: bigint, base: bigint, suffixes: readonly string[]): string {
  let step = 0
  while (step < suffixes.length - 1 && value % base === 0n) {
    value /= base
    step += 1
  }
  return `${value}${suffixes[step]}`
}

const SIMPLE = /^([1-9]\d{0,14})(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/

/** The canonical form of a quantity's text; undefined where the text is none. */
export function canonicalQuantity(text: string): string | undefined {
  // Nearly all that is ever written is canonical already, and this tells without big integers.
  const simple = SIMPLE.exec(text)
  if (simple && Number(simple[1]) % (simple[2]?.length === 2 ? 1024 : 1000) !== 0) return text
  const quantity = parseQuantity(text)
  return quantity && formatQuantity(quantity)
}

/** The sum, written as the first operand is (as the second, where the first is zero). */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format }
}

/** The difference, written as the first operand is (as the second, where the first is zero). */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano - b.nano, format: a.nano === 0n ? b.format : a.format }
}

/** Negative where `a` is less than `b`, positive where it is more. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0
}

/** The value in whole units, rounded up, as `Quantity.Value()`. Takes the canonical text of a decoded object. */
export function quantityValue(text: string | undefined): number {
  return ceilTo(text, NANO)
}

/** The value in thousandths, rounded up, as `Quantity.MilliValue()`. */
export function quantityMilliValue(text: string | undefined): number {
  return ceilTo(text, NANO / 1000n)
}

function ceilTo(text: string | undefined, unit: bigint): number {
  const quantity = text === undefined ? undefined : parseQuantity(text)
  if (!quantity) return 0
  const { nano } = quantity
  return Number(nano >= 0n ? ceilDiv(nano, unit) : nano / unit)
}
