import { NONE } from '../../api/validation/rules.ts'
import { invalid, type FieldError } from '../../schema/field-error.ts'

/** What is wrong with a value where a condition does not hold. */
export function unless(holds: boolean, path: string, value: unknown, detail: string): FieldError[] {
  return holds ? NONE : [invalid(path, value, detail)]
}
