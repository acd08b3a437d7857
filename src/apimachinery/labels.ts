import { aggregate, quote } from './go-format.ts'
import { labelValueProblems, qualifiedNameProblems } from './names.ts'
import { ParseError } from './parse-error.ts'
import {
  atIndex,
  atKey,
  formatFieldError,
  invalid,
  type FieldError,
} from '../schema/field-error.ts'

export type Labels = Readonly<Record<string, string>>

export type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'

/** One condition on a label. */
export interface Requirement {
  readonly key: string
  readonly operator: Operator
  readonly values: readonly string[]
}

/** What labels an object must have: all requirements must hold, and none means everything. */
export interface Selector {
  readonly requirements: readonly Requirement[]
  /** Matches no object, whatever its labels: an absent LabelSelector. */
  readonly nothing?: true
}

export const EVERYTHING: Selector = { requirements: [] }
export const NOTHING: Selector = { requirements: [], nothing: true }

/** A LabelSelector as the API has it. */
export interface LabelSelector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

/** Whether an object with these labels is selected. */
export function matches(selector: Selector, labels: Labels | undefined): boolean {
  if (selector.nothing) return false
  for (const requirement of selector.requirements) {
    if (!meets(requirement, labels)) return false
  }
  return true
}

function meets({ key, operator, values }: Requirement, labels: Labels | undefined): boolean {
  // A label may be called `constructor`.
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value)
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case 'gt':
    case 'lt':
      return value !== undefined && compares(value, operator, values)
    default:
      return operator satisfies never
  }
}

function compares(value: string, operator: 'gt' | 'lt', [limit = '']: readonly string[]): boolean {
  if (!INTEGER.test(value) || !INTEGER.test(limit)) return false
  return operator === 'gt' ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit)
}

const INTEGER = /^-?\d+$/

export function selectsEverything(selector: Selector): boolean {
  return !selector.nothing && selector.requirements.length === 0
}

/** The one value that the selector demands of a label, for lookups by an index. */
export function exactValue(selector: Selector, key: string): string | undefined {
  const requirement = selector.requirements.find((each) => each.key === key)
  if (!requirement || requirement.values.length !== 1) return undefined
  return ['=', '==', 'in'].includes(requirement.operator) ? requirement.values[0] : undefined
}

/** The selector for exactly these labels. Does not check them. */
export function selectorFromLabels(labels: Labels | undefined): Selector {
  const requirements = Object.entries(labels ?? {}).map(([key, value]): Requirement => ({
    key,
    operator: '=',
    values: [value],
  }))
  return { requirements: requirements.toSorted(byKey) }
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
}

/** The selector that a LabelSelector describes: absent selects nothing, empty everything. Throws `ParseError`. */
export function selectorFrom(labelSelector: LabelSelector | undefined): Selector {
  if (!labelSelector) return NOTHING
  const { matchLabels = {}, matchExpressions = [] } = labelSelector
  const requirements = [
    ...Object.entries(matchLabels).map(([key, value]) => requirement(key, '=', [value])),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      const known = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined
      if (known) return requirement(key, known, values)
      throw new ParseError(`${quote(operator)} is not a valid label selector operator`)
    }),
  ]
  return { requirements: requirements.toSorted(byKey) }
}

/** The selector as a query string has it, such as `a=b,c in (d,e)`. */
export function formatSelector({ requirements }: Selector): string {
  return requirements.map(formatRequirement).join(',')
}

function formatRequirement({ key, operator, values }: Requirement): string {
  const joined = values.toSorted().join(',')
  switch (operator) {
    case '!':
      return `!${key}`
    case 'exists':
      return key
    case 'in':
    case 'notin':
      return `${key} ${operator} (${joined})`
    case 'gt':
      return `${key}>${joined}`
    case 'lt':
      return `${key}<${joined}`
    case '=':
    case '==':
    case '!=':
      return `${key}${operator}${joined}`
    default:
      return operator satisfies never
  }
}

/** A checked requirement. Throws `ParseError` with all that is wrong. */
export function requirement(
  key: string,
  operator: Operator,
  values: readonly string[],
): Requirement {
  const errors = [
    ...keyErrors('key', key),
    ...countErrors(operator, values),
    ...values.flatMap((value, i) =>
      problemsAt(atKey(atIndex('values', i), key), value, labelValueProblems(value)),
    ),
  ]
  if (errors.length > 0) throw new ParseError(aggregate(errors.map(formatFieldError)))
  return { key, operator, values }
}

/** What is wrong with a label's key, as `labels.Parse` reports it. */
export function keyErrors(path: string, key: string): FieldError[] {
  return problemsAt(path, key, qualifiedNameProblems(key))
}

function problemsAt(path: string, value: string, problems: readonly string[]): FieldError[] {
  return problems.length === 0 ? [] : [invalid(path, value, problems.join('; '))]
}

function countErrors(operator: Operator, values: readonly string[]): FieldError[] {
  switch (operator) {
    case 'in':
    case 'notin':
      if (values.length > 0) return []
      return [invalid('values', values, "for 'in', 'notin' operators, values set can't be empty")]
    case '=':
    case '==':
    case '!=':
      if (values.length === 1) return []
      return [invalid('values', values, 'exact-match compatibility requires one single value')]
    case 'exists':
    case '!':
      if (values.length === 0) return []
      return [invalid('values', values, 'values set must be empty for exists and does not exist')]
    case 'gt':
    case 'lt':
      return comparisonErrors(values)
    default:
      return operator satisfies never
  }
}

function comparisonErrors(values: readonly string[]): FieldError[] {
  const errors = values.flatMap((value, i) =>
    INTEGER.test(value)
      ? []
      : [
          invalid(
            atIndex('values', i),
            value,
            "for 'Gt', 'Lt' operators, the value must be an integer",
          ),
        ],
  )
  if (values.length === 1) return errors
  const text = "for 'Gt', 'Lt' operators, exactly one value is required"
  return [invalid('values', values, text), ...errors]
}

/** Orders requirements, so that equal selectors are written alike. */
export function byKey(a: Requirement, b: Requirement): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}
