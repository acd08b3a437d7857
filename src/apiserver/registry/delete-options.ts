import { invalid } from '../../apimachinery/status-error.ts'
import { invalid as invalidField, unsupported, type FieldError } from '../../schema/field-error.ts'

/** How to delete, as a client asks for it (metav1.DeleteOptions). */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly orphanDependents?: boolean
  readonly propagationPolicy?: string
  readonly dryRun?: readonly string[]
}

/** Throws `Invalid` where the options make no sense. */
export function checkDeleteOptions(options: DeleteOptions): void {
  const errors = validateDeleteOptions(options)
  if (errors.length > 0) {
    throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors)
  }
}

const POLICIES = ['Background', 'Foreground', 'Orphan']

function validateDeleteOptions({
  orphanDependents,
  propagationPolicy,
  dryRun,
}: DeleteOptions): FieldError[] {
  const errors: FieldError[] = []
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    const text = 'orphanDependents and deletionPropagation cannot be both set'
    errors.push(invalidField('propagationPolicy', propagationPolicy, text))
  }
  if (propagationPolicy !== undefined && !POLICIES.includes(propagationPolicy)) {
    errors.push(unsupported('propagationPolicy', propagationPolicy, [...POLICIES, 'nil']))
  }
  return [...errors, ...validateDryRun(dryRun)]
}

/** Checks `dryRun`: it must be left out, or be `All`. */
export function validateDryRun(dryRun: readonly string[] = []): FieldError[] {
  const unknown = dryRun.filter((each) => each !== 'All')
  return unknown.length === 0 ? [] : [unsupported('dryRun', dryRun, ['All'])]
}
