import { validateFieldManager } from '../../api/meta/v1/object-meta-validation.ts'
import { invalid } from '../../apimachinery/status-error.ts'
import { forbidden, required, type FieldError } from '../../schema/field-error.ts'
import { validateDryRun } from '../registry/delete-options.ts'
import type { Call } from './call.ts'
import { fieldValidationErrors } from './write-options.ts'

/** Throws `Invalid` where the options do not go with the kind of patch. */
export function checkPatchOptions({ request }: Call): void {
  const { force, fieldManager = '', dryRun, fieldValidation } = request.options ?? {}
  const errors: FieldError[] = []
  if (request.patchType === 'apply') {
    if (fieldManager === '') {
      errors.push(required('fieldManager', 'is required for apply patch'))
    }
  } else if (force !== undefined) {
    errors.push(forbidden('force', 'may not be specified for non-apply patch'))
  }
  errors.push(...validateFieldManager(fieldManager, 'fieldManager'))
  errors.push(...validateDryRun(dryRun))
  errors.push(...fieldValidationErrors(fieldValidation))
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', errors)
}
