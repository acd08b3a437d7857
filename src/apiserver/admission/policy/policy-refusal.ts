import { generic, type StatusError } from '../../../apimachinery/status-error.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import { refusal } from '../plugins/refuse.ts'

const CODES: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
}
const INVALID_CODE = 422

/** The error with which a policy refuses a request: worded as a `Forbidden`, for the reason that the policy gives. */
export function policyRefusal(
  attributes: AdmissionAttributes,
  message: string,
  reason: string,
): StatusError {
  const { status } = refusal(attributes, message, [{ message }])
  return generic({ ...status, reason, code: CODES[reason] ?? INVALID_CODE })
}
