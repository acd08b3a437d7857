import { equal } from '../../apimachinery/equality.ts'
import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  qualifiedNameProblems,
  regexText,
  whole,
  type Problems,
} from '../../apimachinery/names.ts'
import {
  portNameProblems,
  portNumberProblems,
  userIdProblems,
} from '../../apimachinery/value-rules.ts'
import {
  duplicate,
  invalid,
  notFound,
  required,
  tooMany,
  unsupported,
  type FieldError,
} from '../../schema/field-error.ts'

/**
 * The small rules that validation of all kinds is made of. Each gives the errors for one value, none where all is right.
 * Upstream's paths and words, to the letter: pkg/apis/core/validation and apimachinery's pkg/api/validation.
 */

/** No errors. Shared and frozen, so that what is right costs no allocation. */
export const NONE = Object.freeze([] as FieldError[]) as FieldError[]

export const IMMUTABLE = 'field is immutable'
const NOT_POSITIVE = 'must be greater than zero'
export const NOT_NEGATIVE = 'must be greater than or equal to 0'
export const MAX_INT32 = 2 ** 31 - 1

/** An Invalid value for each problem that a rule names. */
export function problemsAt(path: string, value: unknown, problems: Problems): FieldError[] {
  return problems.length === 0 ? NONE : problems.map((each) => invalid(path, value, each))
}

/** What is wrong with each item of a list, at its own path. */
export function eachAt<T>(
  list: readonly T[] | undefined,
  path: string,
  validate: (item: T, path: string, index: number) => readonly FieldError[],
): FieldError[] {
  if (!list || list.length === 0) return NONE
  let errors = NONE
  for (let i = 0; i < list.length; i++) {
    const found = validate(list[i]!, `${path}[${i}]`, i)
    if (found.length > 0) errors = [...errors, ...found]
  }
  return errors
}

/** What is wrong with a value that need not be there. */
export function ifSet<T>(value: T | undefined, validate: (value: T) => FieldError[]): FieldError[] {
  return value === undefined ? NONE : validate(value)
}

/** A text that must not be empty. */
export function requiredText(value: string | undefined, path: string, detail = ''): FieldError[] {
  return value ? NONE : [required(path, detail)]
}

/** A text that must not be empty and follows a rule. */
export function requiredName(
  value: string | undefined,
  path: string,
  problems: (value: string) => Problems,
): FieldError[] {
  return value ? problemsAt(path, value, problems(value)) : [required(path)]
}

/** A text that follows a rule where it is not empty. */
export function optionalName(
  value: string | undefined,
  path: string,
  problems: (value: string) => Problems,
): FieldError[] {
  return value ? problemsAt(path, value, problems(value)) : NONE
}

/** A value of a closed set, that must be there. */
export function requiredOneOf(
  value: string | undefined,
  values: readonly string[],
  path: string,
): FieldError[] {
  return value ? oneOf(value, values, path) : [required(path)]
}

/** A value of a closed set; an empty one is not in it. */
export function oneOf(
  value: string | undefined,
  values: readonly string[],
  path: string,
): FieldError[] {
  return value === undefined || values.includes(value) ? NONE : [unsupported(path, value, values)]
}

export function nonNegative(value: number | bigint | undefined, path: string): FieldError[] {
  return value === undefined || value >= 0 ? NONE : [invalid(path, value, NOT_NEGATIVE)]
}

export function positive(value: number | bigint | undefined, path: string): FieldError[] {
  return value === undefined || value > 0 ? NONE : [invalid(path, value, NOT_POSITIVE)]
}

export function between(
  value: number | bigint | undefined,
  min: number,
  max: number,
  path: string,
): FieldError[] {
  return value === undefined || (value >= min && value <= max)
    ? NONE
    : [invalid(path, value, rangeText(min, max))]
}

export function rangeText(min: number, max: number): string {
  return `must be between ${min} and ${max}, inclusive`
}

export function dnsLabel(value: string, path: string): FieldError[] {
  return problemsAt(path, value, dns1123LabelProblems(value))
}

export function dnsSubdomain(value: string, path: string): FieldError[] {
  return problemsAt(path, value, dns1123SubdomainProblems(value))
}

export function qualifiedName(value: string, path: string): FieldError[] {
  return problemsAt(path, value, qualifiedNameProblems(value))
}

export function portNumber(value: number, path: string): FieldError[] {
  return problemsAt(path, value, portNumberProblems(value))
}

export function portNumberOrName(value: number | string, path: string): FieldError[] {
  return typeof value === 'number'
    ? portNumber(value, path)
    : problemsAt(path, value, portNameProblems(value))
}

/** The id of a user or group, where there is one. */
export function userId(value: number | undefined, path: string): FieldError[] {
  return value === undefined ? NONE : problemsAt(path, value, userIdProblems(value))
}

export function immutable(value: unknown, old: unknown, path: string): FieldError[] {
  return equal(value, old) ? NONE : [invalid(path, orNull(value), IMMUTABLE)]
}

/** Go prints an absent value so. */
export function orNull(value: unknown): unknown {
  return value ?? 'null'
}

/** An error with a detail that its kind does not usually carry. */
export function withDetail(error: FieldError, detail: string): FieldError {
  return { ...error, body: `${error.body}: ${detail}` }
}

export function notFoundBecause(path: string, value: unknown, detail: string): FieldError {
  return withDetail(notFound(path, value), detail)
}

/** A list of limited length. */
export function atMost(
  list: readonly unknown[] | undefined,
  max: number,
  path: string,
): FieldError[] {
  return list && list.length > max ? [tooMany(path, list.length, max)] : NONE
}

/** Reports the items whose key came before. */
export function unique<T>(
  list: readonly T[] | undefined,
  path: string,
  key: (item: T) => unknown,
  shown: (item: T) => unknown = key,
): FieldError[] {
  const seen = new Set<unknown>()
  return eachAt(list, path, (item, at) => {
    const own = key(item)
    if (seen.has(own)) return [duplicate(at, shown(item))]
    seen.add(own)
    return NONE
  })
}

const UNDERSCORE_LABEL = '[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?'
const UNDERSCORE_SUBDOMAIN = `${UNDERSCORE_LABEL}(\\.${UNDERSCORE_LABEL})*`
const UNDERSCORE_PATTERN = whole(UNDERSCORE_SUBDOMAIN)

/** A DNS subdomain in which underscores are allowed, as search domains are. */
export function subdomainWithUnderscoreProblems(value: string): Problems {
  const problems = value.length > 253 ? ['must be no more than 253 characters'] : []
  if (UNDERSCORE_PATTERN.test(value)) return problems
  const text =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
  return [...problems, regexText(text, UNDERSCORE_SUBDOMAIN, 'example.com')]
}
