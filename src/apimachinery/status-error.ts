import { causeReason, formatFieldError, type FieldError } from '../schema/field-error.ts'
import { aggregate, quote } from './go-format.ts'
import {
  formatGroupKind,
  formatGroupResource,
  groupKindOf,
  groupResourceOf,
  type GroupKind,
  type GroupResource,
  type Served,
} from './gvk.ts'
import { failure, type Status, type StatusCause, type StatusDetails } from './status.ts'

/**
 * An error that a client may see: it carries the Status that is sent. Made by the functions below, which are named for
 * the reason, and told apart by the predicates of `status-predicates.ts`. The texts are those of
 * k8s.io/apimachinery/pkg/api/errors.
 */
export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly status: Status

  constructor(status: Status, options?: ErrorOptions) {
    super(status.message ?? '', options)
    this.status = status
  }
}

/** A resource, by its group and plural or by its class. */
export type ResourceRef = GroupResource | Served
/** A kind, by its group and name or by its class. */
export type KindRef = GroupKind | Served

const OBJECT_MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again'

export function notFound(resource: ResourceRef, name: string): StatusError {
  return ofObject('NotFound', resource, name, (what) => `${what} not found`)
}

export function alreadyExists(resource: ResourceRef, name: string): StatusError {
  return ofObject('AlreadyExists', resource, name, (what) => `${what} already exists`)
}

/** No free name was found for a `generateName`. */
export function generateNameConflict(
  resource: ResourceRef,
  name: string,
  retryAfterSeconds: number,
): StatusError {
  const text = 'already exists, the server was not able to generate a unique name for the object'
  const message = (what: string): string => `${what} ${text}`
  return ofObject('AlreadyExists', resource, name, message, { retryAfterSeconds })
}

export function conflict(
  resource: ResourceRef,
  name: string,
  detail = OBJECT_MODIFIED,
): StatusError {
  return ofObject(
    'Conflict',
    resource,
    name,
    (what) => `Operation cannot be fulfilled on ${what}: ${detail}`,
  )
}

/** Fields that are applied are owned by other managers. */
export function applyConflict(causes: readonly StatusCause[], message: string): StatusError {
  return new StatusError(failure('Conflict', message, { causes }))
}

/** The object breaks rules, all of which are told. */
export function invalid(kind: KindRef, name: string, errors: readonly FieldError[]): StatusError {
  const of = groupKindOf(kind)
  const what = `${formatGroupKind(of)} ${quote(name)} is invalid`
  const message = errors.length === 0 ? what : `${what}: ${aggregate(errors.map(formatFieldError))}`
  const causes = errors.map((error) => ({
    reason: causeReason(error),
    message: error.body,
    field: error.field,
  }))
  return new StatusError(failure('Invalid', message, { ...of, name, causes }))
}

export function badRequest(message: string, options?: ErrorOptions): StatusError {
  return new StatusError(failure('BadRequest', message), options)
}

/** An empty resource leaves only the reason, an empty name names the resource alone. */
export function forbidden(resource: ResourceRef, name: string, detail: string): StatusError {
  const of = groupResourceOf(resource)
  const subject = formatGroupResource(of) + (name === '' ? '' : ` ${quote(name)}`)
  const message =
    of.group === '' && of.resource === ''
      ? `forbidden: ${detail}`
      : `${subject} is forbidden: ${detail}`
  return new StatusError(failure('Forbidden', message, { ...named(of), name }))
}

export function unauthorized(message = 'not authorized'): StatusError {
  return new StatusError(failure('Unauthorized', message))
}

/** The resource does not know the verb. */
export function methodNotSupported(resource: ResourceRef, action: string): StatusError {
  const of = groupResourceOf(resource)
  const message = `${action} is not supported on resources of kind ${quote(formatGroupResource(of))}`
  return new StatusError(failure('MethodNotAllowed', message, named(of)))
}

/** The resourceVersion or continue token is too old. */
export function resourceExpired(message: string): StatusError {
  return new StatusError(failure('Expired', message))
}

/** The call took too long, and may still be completed. */
export function timeout(message: string, retryAfterSeconds = 0): StatusError {
  return new StatusError(failure('Timeout', `Timeout: ${message}`, { retryAfterSeconds }))
}

/** Something passing hinders the call; the client should try again. */
export function serverTimeout(
  resource: ResourceRef,
  operation: string,
  retryAfterSeconds: number,
): StatusError {
  const of = groupResourceOf(resource)
  const message = `The ${operation} operation against ${formatGroupResource(of)} could not be completed at this time, please try again.`
  const details = { ...named(of), name: operation, retryAfterSeconds }
  return new StatusError(failure('ServerTimeout', message, details))
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError(failure('TooManyRequests', message, { retryAfterSeconds }))
}

export function serviceUnavailable(message: string): StatusError {
  return new StatusError(failure('ServiceUnavailable', message))
}

export function internalError(detail: string, options?: ErrorOptions): StatusError {
  const message = `Internal error occurred: ${detail}`
  const details = { causes: [{ message: detail }] }
  return new StatusError(failure('InternalError', message, details), options)
}

/** A failure that Kubernetes itself reports without a reason. */
export function unknownError(message: string): StatusError {
  const { reason: _, ...status } = failure('InternalError', message)
  return new StatusError(status)
}

export function requestEntityTooLarge(detail: string): StatusError {
  return new StatusError(failure('RequestEntityTooLarge', `Request entity too large: ${detail}`))
}

/** None of the media types that the client accepts can be given. */
export function notAcceptable(accepted: readonly string[]): StatusError {
  return cannotBeGiven(`only the following media types are accepted: ${accepted.join(', ')}`)
}

/** The answer cannot be turned into what the client asked for. */
export function cannotBeGiven(message: string): StatusError {
  return new StatusError(failure('NotAcceptable', message))
}

/** The body's media type is not understood. */
export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`
  return new StatusError(failure('UnsupportedMediaType', message))
}

/** A failure that upstream does not give a reason: an error that is no Status, passed on by whoever answers. */
export function withoutReason(message: string): StatusError {
  const metadata = {}
  const head = { kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure' } as const
  return new StatusError({ ...head, message, code: 500 })
}

/** A failure whose reason has no function of its own. */
export function generic(status: Status, options?: ErrorOptions): StatusError {
  return new StatusError(status, options)
}

/**
 * What a client is told of any thrown value. Whatever is no StatusError is a bug or a failure inside, whose words are
 * for the log alone.
 */
export function toStatus(error: unknown): Status {
  return findStatusError(error)?.status ?? internalError(PANIC).status
}

const PANIC = 'This request caused apiserver to panic. Look in the logs for details.'

/** The StatusError that `error` is, or was caused by. */
export function findStatusError(error: unknown): StatusError | undefined {
  let each = error
  for (let depth = 0; depth < CAUSES_MAX && each instanceof Error; depth++) {
    if (each instanceof StatusError) return each
    each = each.cause
  }
  return undefined
}

const CAUSES_MAX = 16 // A chain of causes may be a ring.

function ofObject(
  reason: 'NotFound' | 'AlreadyExists' | 'Conflict',
  resource: ResourceRef,
  name: string,
  message: (what: string) => string,
  more?: StatusDetails,
): StatusError {
  const of = groupResourceOf(resource)
  const text = message(`${formatGroupResource(of)} ${quote(name)}`)
  return new StatusError(failure(reason, text, { ...named(of), name, ...more }))
}

// Kubernetes gives the plural as `kind` wherever it knows the resource and not the kind.
function named({ group, resource }: GroupResource): StatusDetails {
  return { group, kind: resource }
}
