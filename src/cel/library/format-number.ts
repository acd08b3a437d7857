const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'
const DIGITS_MAX = 100

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN'
  return Number.isFinite(value) ? undefined : value > 0 ? '∞' : '-∞'
}

/** A double with some digits after the point and commas between thousands. */
export function fixedPoint(value: number, precision: number): string {
  const known = special(value)
  if (known !== undefined) return known
  const [whole = '', fraction] = plain(value, precision).split('.')
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

function plain(value: number, precision: number): string {
  // toFixed() gives up at 1e21, where a double is a whole number anyway.
  if (Math.abs(value) >= 1e21) {
    return BigInt(value) + (precision === 0 ? '' : `.${'0'.repeat(precision)}`)
  }
  const digits = Math.min(precision, DIGITS_MAX)
  const text = isTie(value, digits) ? halfEven(value, digits) : value.toFixed(digits)
  return precision > digits ? text + '0'.repeat(precision - digits) : text
}

/** Whether a double lies exactly between two numbers of some digits; Go takes the even one then. */
function isTie(value: number, digits: number): boolean {
  const exact = value.toFixed(Math.min(digits + 25, DIGITS_MAX))
  const rest = exact.slice(exact.indexOf('.') + 1 + digits)
  return /^50*$/.test(rest)
}

function halfEven(value: number, digits: number): string {
  const exact = value.toFixed(Math.min(digits + 1, DIGITS_MAX))
  const below = exact.slice(0, digits === 0 ? -2 : -1)
  return /[02468]$/.test(below) ? below : value.toFixed(digits)
}

/** A double as `1.5 × 10⁰³`. */
export function scientific(value: number, precision: number): string {
  const known = special(value)
  if (known !== undefined) return known
  const text = value.toExponential(Math.min(precision, DIGITS_MAX))
  const [mantissa = '', exponent = ''] = text.split('e')
  const digits = exponent.replace(/^[+-]/, '').padStart(2, '0')
  const raised = digits.replaceAll(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]!)
  return `${mantissa}\u202f×\u202f10${exponent.startsWith('-') ? '⁻' : ''}${raised}`
}
