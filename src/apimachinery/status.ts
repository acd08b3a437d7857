/** One cause of a failure, as in metav1.StatusCause. */
export interface StatusCause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
}

/** The outcome of a call, as in metav1.Status. */
export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: Readonly<Record<string, unknown>>
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: string
  readonly details?: StatusDetails
  readonly code: number
}

/** That all went well; upstream tells a code only where something was made. */
export interface Success extends Omit<Status, 'code' | 'status'> {
  readonly status: 'Success'
  readonly code?: number
}

/** The reasons that Kubernetes gives, and the HTTP status code of each. */
export const STATUS_CODES = {
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Invalid: 422,
  ServerTimeout: 500,
  StoreReadError: 500,
  Timeout: 504,
  TooManyRequests: 429,
  BadRequest: 400,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  InternalError: 500,
  Expired: 410,
  ServiceUnavailable: 503,
} as const satisfies Readonly<Record<string, number>>

export type StatusReason = keyof typeof STATUS_CODES

/** A Status that reports a failure. Empty details are left out. */
export function failure(
  reason: StatusReason,
  message: string,
  details?: StatusDetails,
  code: number = STATUS_CODES[reason],
): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details && { details: withoutEmpty(details) }),
    code,
  }
}

/** A Status that reports success. */
export function success(details?: StatusDetails, code?: number): Success {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details && { details: withoutEmpty(details) }),
    ...(code !== undefined && { code }),
  }
}

function withoutEmpty({
  name,
  group,
  kind,
  uid,
  causes,
  retryAfterSeconds,
}: StatusDetails): StatusDetails {
  return {
    ...(name && { name }),
    ...(group && { group }),
    ...(kind && { kind }),
    ...(uid && { uid }),
    ...(causes && causes.length > 0 && { causes }),
    ...(retryAfterSeconds && { retryAfterSeconds }),
  }
}
