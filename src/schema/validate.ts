import type { FieldInfo } from './field.ts'
import {
  atField,
  atIndex,
  atKey,
  invalid,
  required,
  unsupported,
  type FieldError,
} from './field-error.ts'
import { perMessage } from './memo.ts'
import type { MessageClass } from './message.ts'

type Check = (value: unknown, old: unknown, path: string) => FieldError[]

const NONE: FieldError[] = []

/**
 * Checks what the declaration says of each field, at every depth: closed enums, bounds, `nonEmpty` and, where an old
 * value is given, `immutable`. Rules between fields stand beside the types, in `validateX()` functions.
 */
export function validateDeclared(
  message: MessageClass,
  value: unknown,
  path: string,
  old?: unknown,
): FieldError[] {
  return checker(message)?.(value, old, path) ?? NONE
}

/** Undefined where nothing below the message is checked, so that whole subtrees are passed over. */
const checker: (message: MessageClass) => Check | undefined = perMessage((message) =>
  compile(message, new Set()),
)

function compile(message: MessageClass, within: Set<MessageClass>): Check | undefined {
  // The one recursive type of the API, JSONSchemaProps, is checked by code of its own.
  if (within.has(message)) return undefined
  const below = new Set(within).add(message)
  const checks = Object.entries(message.fields).flatMap(([name, { info }]) => {
    const check = compileField(info, below)
    return check ? [[name, check] as const] : []
  })
  if (checks.length === 0) return undefined

  return (value, old, path) => {
    const errors: FieldError[] = []
    for (const [name, check] of checks) {
      const now = (value as Record<string, unknown>)[name]
      const before = (old as Record<string, unknown> | undefined)?.[name]
      const found = check(now, before, atField(path, name))
      if (found.length > 0) errors.push(...found)
    }
    return errors
  }
}

function compileField(info: FieldInfo, below: Set<MessageClass>): Check | undefined {
  const own = ownChecks(info)
  const nested = info.type === 'message' ? compile(info.of!(), below) : enumCheck(info)
  const items = nested && byShape(info, nested)
  if (own.length === 0) return items
  return (value, old, path) => {
    const errors = own.flatMap((check) => check(value, old, path))
    return errors.length === 0 && items ? items(value, old, path) : errors
  }
}

function ownChecks({ nonEmpty, min, max, immutable }: FieldInfo): Check[] {
  const checks: Check[] = []
  if (nonEmpty) checks.push((value, _old, path) => (isEmpty(value) ? [required(path)] : NONE))
  if (min !== undefined) {
    const problem = `must be greater than or equal to ${min}`
    checks.push((value, _old, path) =>
      Number(value) < min ? [invalid(path, value, problem)] : NONE,
    )
  }
  if (max !== undefined) {
    const problem = `must be less than or equal to ${max}`
    checks.push((value, _old, path) =>
      Number(value) > max ? [invalid(path, value, problem)] : NONE,
    )
  }
  if (immutable) {
    checks.push((value, old, path) =>
      old === undefined || JSON.stringify(old) === JSON.stringify(value)
        ? NONE
        : [invalid(path, value, 'field is immutable')],
    )
  }
  return checks
}

function enumCheck({ enum: values }: FieldInfo): Check | undefined {
  if (!values) return undefined
  const sorted = values.toSorted()
  return (value, _old, path) =>
    value === '' || values.includes(value as string) ? NONE : [unsupported(path, value, sorted)]
}

function byShape(info: FieldInfo, check: Check): Check {
  if (info.shape === 'single')
    return (value, old, path) => (isAbsent(value) ? NONE : check(value, old, path))
  if (info.shape === 'map') {
    return (value, _old, path) =>
      isAbsent(value)
        ? NONE
        : Object.entries(value as object).flatMap(([key, item]) =>
            check(item, undefined, atKey(path, key)),
          )
  }
  return (value, _old, path) => {
    if (isAbsent(value)) return NONE
    const errors: FieldError[] = []
    for (const [i, item] of (value as readonly unknown[]).entries()) {
      const found = check(item, undefined, atIndex(path, i))
      if (found.length > 0) errors.push(...found)
    }
    return errors
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}

function isEmpty(value: unknown): boolean {
  if (isAbsent(value) || value === '') return true
  return Array.isArray(value) && value.length === 0
}
