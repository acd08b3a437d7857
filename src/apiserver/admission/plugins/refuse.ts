import { forbidden, type StatusError } from '../../../apimachinery/status-error.ts'
import type { StatusCause } from '../../../apimachinery/status.ts'
import { generic } from '../../../apimachinery/status-error.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import type { AdmissionAttributes } from '../plugin.ts'

/** The error with which admission refuses a request: 403, in the words of k8s.io/apiserver/pkg/admission. */
export function refusal(
  attributes: AdmissionAttributes,
  detail: string,
  causes: readonly StatusCause[] = [],
): StatusError {
  const error = forbidden(attributes.type, nameOf(attributes), detail)
  if (causes.length === 0) return error
  return generic({ ...error.status, details: { ...error.status.details, causes } })
}

// What is yet to be named goes by the beginning of its name.
function nameOf({ name, object }: AdmissionAttributes): string {
  if (name !== '') return name
  const { metadata } = (object ?? {}) as Partial<ApiObject>
  return metadata?.name || metadata?.generateName || 'Unknown'
}
