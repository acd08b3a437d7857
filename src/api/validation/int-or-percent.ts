import { percentProblems } from '../../apimachinery/value-rules.ts'
import { invalid, type FieldError } from '../../schema/field-error.ts'
import { NONE, nonNegative, problemsAt } from './rules.ts'

/** A number, or a percentage such as `25%`. */
export type IntOrPercent = number | string

/** A number that is not negative, or a percentage. */
export function positiveIntOrPercent(value: IntOrPercent | undefined, path: string): FieldError[] {
  if (value === undefined) return NONE
  return typeof value === 'number'
    ? nonNegative(value, path)
    : problemsAt(path, value, percentProblems(value))
}

/** No percentage above all there are. */
export function notMoreThan100Percent(value: IntOrPercent | undefined, path: string): FieldError[] {
  const isTooMuch =
    typeof value === 'string' && percentProblems(value).length === 0 && Number.parseInt(value) > 100
  return isTooMuch ? [invalid(path, value, 'must not be greater than 100%')] : NONE
}

/** Whether it is 0 or 0%, or no number at all. */
export function isZeroIntOrPercent(value: IntOrPercent | undefined): boolean {
  if (typeof value === 'number') return value === 0
  return value === undefined || !(Number.parseInt(value) > 0)
}
