import { STATUS_CODES, type StatusReason } from './status.ts'
import { findStatusError } from './status-error.ts'

/** The reason of an error, where it is or was caused by a StatusError that has one. */
export function reasonOf(error: unknown): string {
  return findStatusError(error)?.status.reason ?? ''
}

/** Seconds after which the server wants the call tried again; undefined where it names none. */
export function retryAfterSecondsOf(error: unknown): number | undefined {
  const status = findStatusError(error)?.status
  if (status?.reason === 'ServerTimeout') return status.details?.retryAfterSeconds ?? 0
  return status?.details?.retryAfterSeconds
}

/** Whether a cause of the error has this reason. */
export function hasCause(error: unknown, reason: string): boolean {
  return (findStatusError(error)?.status.details?.causes ?? []).some(
    (cause) => cause.reason === reason,
  )
}

export const isNotFound = byReasonOrCode('NotFound')
export const isConflict = byReasonOrCode('Conflict')
export const isInvalid = byReasonOrCode('Invalid')
export const isGone = byReasonOrCode('Gone')
export const isMethodNotSupported = byReasonOrCode('MethodNotAllowed')
export const isServiceUnavailable = byReasonOrCode('ServiceUnavailable')
export const isBadRequest = byReasonOrCode('BadRequest')
export const isForbidden = byReasonOrCode('Forbidden')
export const isAlreadyExists = byReason('AlreadyExists')
/** The resourceVersion or continue token is too old: list again. */
export const isExpired = byReason('Expired')

export function isTooManyRequests(error: unknown): boolean {
  return findStatusError(error)?.status.code === STATUS_CODES.TooManyRequests
}

function byReason(reason: StatusReason): (error: unknown) => boolean {
  return (error) => findStatusError(error)?.status.reason === reason
}

// A code speaks only where the reason is unknown: AlreadyExists is a 409 too, but no conflict.
function byReasonOrCode(reason: StatusReason): (error: unknown) => boolean {
  return (error) => {
    const status = findStatusError(error)?.status
    if (!status) return false
    if (status.reason === reason) return true
    const known = status.reason !== undefined && Object.hasOwn(STATUS_CODES, status.reason)
    return !known && status.code === STATUS_CODES[reason]
  }
}
