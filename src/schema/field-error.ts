/** The kinds of validation error, worded as Kubernetes prints them (k8s.io/apimachinery field.ErrorType). */
export type FieldErrorType =
  | 'Required value'
  | 'Invalid value'
  | 'Invalid type'
  | 'Unsupported value'
  | 'Duplicate value'
  | 'Forbidden'
  | 'Too long'
  | 'Too many'
  | 'Not found'
  | 'Internal error'

/** The reason that a Status cause carries for each kind of error. */
const REASONS = {
  'Required value': 'FieldValueRequired',
  'Invalid value': 'FieldValueInvalid',
  'Invalid type': 'FieldValueTypeInvalid',
  'Unsupported value': 'FieldValueNotSupported',
  'Duplicate value': 'FieldValueDuplicate',
  Forbidden: 'FieldValueForbidden',
  'Too long': 'FieldValueTooLong',
  'Too many': 'FieldValueTooMany',
  'Not found': 'FieldValueNotFound',
  'Internal error': 'InternalError',
} satisfies Record<FieldErrorType, string>

/** One thing wrong with an object. Validation returns these, all at once, and never throws. */
export interface FieldError {
  readonly type: FieldErrorType
  /** Where, such as `spec.containers[0].name`. */
  readonly field: string
  /** What is wrong with it: type, value and detail, as Kubernetes words it. */
  readonly body: string
}

export function required(field: string, detail = ''): FieldError {
  return error('Required value', field, undefined, detail)
}
export function invalid(field: string, value: unknown, detail: string): FieldError {
  return error('Invalid value', field, value, detail)
}
/** The value is of another type than its schema says. It reads like any invalid value, but has a reason of its own. */
export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return { ...invalid(field, value, detail), type: 'Invalid type' }
}
export function unsupported(
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldError {
  const values = supported.map((each) => JSON.stringify(each))
  return error(
    'Unsupported value',
    field,
    value,
    values.length > 0 ? `supported values: ${values.join(', ')}` : '',
  )
}
export function duplicate(field: string, value: unknown): FieldError {
  return error('Duplicate value', field, value, '')
}
export function forbidden(field: string, detail: string): FieldError {
  return error('Forbidden', field, undefined, detail)
}
export function tooLong(field: string, maxBytes: number): FieldError {
  return error('Too long', field, undefined, `may not be more than ${maxBytes} bytes`)
}
export function tooMany(field: string, actual: number, max: number): FieldError {
  return error(
    'Too many',
    field,
    actual,
    `must have at most ${max} ${max === 1 ? 'item' : 'items'}`,
  )
}
export function notFound(field: string, value: unknown): FieldError {
  return error('Not found', field, value, '')
}
export function internalError(field: string, cause: Error): FieldError {
  return error('Internal error', field, undefined, cause.message)
}

/** `FIELD: TYPE: VALUE: DETAIL`. */
export function formatFieldError({ field, body }: FieldError): string {
  return `${field}: ${body}`
}

/** The `reason` of the Status cause for an error. */
export function causeReason({ type }: FieldError): string {
  return REASONS[type]
}

function error(type: FieldErrorType, field: string, value: unknown, detail: string): FieldError {
  const parts: string[] = [type]
  if (value !== undefined) parts.push(formatValue(value))
  if (detail !== '') parts.push(detail)
  return { type, field, body: parts.join(': ') }
}

function formatValue(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  return JSON.stringify(value)
}

/** The path of a map entry: `metadata.labels[key]`. */
export function atKey(path: string, key: string): string {
  return `${path}[${key}]`
}

/** The path of a list item: `spec.containers[0]`. */
export function atIndex(path: string, index: number): string {
  return `${path}[${index}]`
}

/** The path of a field: `spec.replicas`, or only the name at the top. */
export function atField(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
