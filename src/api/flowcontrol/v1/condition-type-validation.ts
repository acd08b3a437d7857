import { duplicate, required, type FieldError } from '../../../schema/field-error.ts'
import { eachAt, NONE } from '../../validation/rules.ts'

/** Checks that each condition has a type, and a different one. */
export function validateConditionTypes(
  conditions: readonly { readonly type?: string }[] | undefined,
): FieldError[] {
  const seen = new Set<string>()
  return eachAt(conditions, 'status.conditions', ({ type = '' }, at) => {
    const isTwice = seen.has(type)
    seen.add(type)
    return [
      ...(isTwice ? [duplicate(`${at}.type`, type)] : NONE),
      ...(type ? NONE : [required(`${at}.type`, 'must not be empty')]),
    ]
  })
}
