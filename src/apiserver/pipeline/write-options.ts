import { validateFieldManager } from '../../api/meta/v1/object-meta-validation.ts'
import { invalid } from '../../apimachinery/status-error.ts'
import type { ApiRequest } from '../../client/request.ts'
import { forbidden, required, unsupported, type FieldError } from '../../schema/field-error.ts'
import { validateDryRun } from '../registry/delete-options.ts'

const OPTION_KINDS = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' }
const FIELD_VALIDATIONS = ['Ignore', 'Warn', 'Strict']

/**
 * Throws `Invalid` where the options of a create, update or patch make no sense, of a subresource, too. Those of a
 * deletion may come in its body: `checkDeleteOptions()`.
 */
export function checkWriteOptions({ verb, patchType, options = {} }: ApiRequest): void {
  if (!Object.hasOwn(OPTION_KINDS, verb)) return
  const { fieldManager = '', force, dryRun, fieldValidation } = options
  const errors = [
    ...(verb === 'patch' ? patchErrors(patchType === 'apply', fieldManager, force) : []),
    ...validateFieldManager(fieldManager, 'fieldManager'),
    ...validateDryRun(dryRun),
    ...fieldValidationErrors(fieldValidation),
  ]
  if (errors.length === 0) return
  const kind = OPTION_KINDS[verb as keyof typeof OPTION_KINDS]
  throw invalid({ group: 'meta.k8s.io', kind }, '', errors)
}

function patchErrors(
  isApply: boolean,
  fieldManager: string,
  force: boolean | undefined,
): FieldError[] {
  if (isApply && fieldManager === '') {
    return [required('fieldManager', 'is required for apply patch')]
  }
  if (!isApply && force !== undefined) {
    return [forbidden('force', 'may not be specified for non-apply patch')]
  }
  return []
}

function fieldValidationErrors(mode = ''): FieldError[] {
  if (mode === '' || FIELD_VALIDATIONS.includes(mode)) return []
  return [unsupported('fieldValidation', mode, ['', ...FIELD_VALIDATIONS])]
}
