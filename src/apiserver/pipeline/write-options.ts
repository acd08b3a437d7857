import { validateFieldManager } from '../../api/meta/v1/object-meta-validation.ts'
import { invalid } from '../../apimachinery/status-error.ts'
import { unsupported, type FieldError } from '../../schema/field-error.ts'
import { validateDryRun } from '../registry/delete-options.ts'
import type { Call } from './call.ts'

const FIELD_VALIDATIONS = ['Ignore', 'Warn', 'Strict']

/** Throws `Invalid` where the options of a create or update make no sense. */
export function checkWriteOptions({ request: { verb, options } }: Call): void {
  if (!options) return
  const errors = [
    ...validateFieldManager(options.fieldManager ?? '', 'fieldManager'),
    ...validateDryRun(options.dryRun),
    ...fieldValidationErrors(options.fieldValidation),
  ]
  if (errors.length === 0) return
  const kind = verb === 'create' ? 'CreateOptions' : 'UpdateOptions'
  throw invalid({ group: 'meta.k8s.io', kind }, '', errors)
}

/** What is wrong with how unknown fields are to be treated. */
export function fieldValidationErrors(mode = ''): FieldError[] {
  if (mode === '' || FIELD_VALIDATIONS.includes(mode)) return []
  return [unsupported('fieldValidation', mode, ['', ...FIELD_VALIDATIONS])]
}
