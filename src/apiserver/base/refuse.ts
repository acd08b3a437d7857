import { aggregate } from '../../apimachinery/go-format.ts'
import { type FieldError, formatFieldError } from '../../schema/field-error.ts'

/** Throws an Error that names all that is wrong with a configuration, where anything is. */
export function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new Error(aggregate(errors.map(formatFieldError)))
}
