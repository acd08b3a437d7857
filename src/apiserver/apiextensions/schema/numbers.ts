/** A JSON number as it is read exactly: integers too large for a double are bigints. */
export type JsonNumber = number | bigint

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)
const INT32_MAX = 2 ** 31 - 1
const INT32_MIN = -(2 ** 31)
const FLOAT32_MAX = 3.402_823_466_385_288_6e38

export function isNumber(value: unknown): value is JsonNumber {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** Whether a number counts as an integer: what an int64 holds, and of doubles what they hold exactly. */
export function isInteger(value: JsonNumber): boolean {
  return typeof value === 'number'
    ? Number.isSafeInteger(value)
    : value >= INT64_MIN && value <= INT64_MAX
}

/** Whether a number fits the format that its schema names, as far as formats bound numbers. */
export function isInRange(value: JsonNumber, type: string, format: string): boolean {
  if (type === 'integer' && format === 'int32') return value >= INT32_MIN && value <= INT32_MAX
  if (type === 'number' && format === 'float') {
    return value >= -FLOAT32_MAX && value <= FLOAT32_MAX
  }
  return true
}

/** Exact for integers; by the quotient, as upstream has it, for others. */
export function isMultipleOf(value: JsonNumber, factor: number): boolean {
  if (factor <= 0) return false
  if (isInteger(value) && Number.isSafeInteger(factor)) {
    return typeof value === 'bigint' ? value % BigInt(factor) === 0n : value % factor === 0
  }
  const quotient = factor < 1 ? (1 / factor) * Number(value) : Number(value) / factor
  return isAlmostInteger(quotient)
}

const EPSILON = 1e-9

// go-openapi's IsFloat64AJSONInteger.
function isAlmostInteger(value: number): boolean {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false
  const whole = Math.trunc(value)
  const difference = Math.abs(value - whole)
  if (value === whole) return true
  if (value === 0 || whole === 0 || difference < Number.MIN_VALUE) {
    return difference < EPSILON * Number.MIN_VALUE
  }
  return difference / (Math.abs(value) + Math.abs(whole)) < EPSILON
}
