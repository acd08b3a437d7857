import {
  duplicate,
  invalid,
  required,
  tooLong,
  tooMany,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { eachAt, ifSet, NONE, nonNegative, qualifiedName } from '../../validation/rules.ts'
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from './common.ts'
import { countIndexes, IndexesError, parseIndexes } from './job-indexes.ts'

const RULES_MAX = 20
const PATTERNS_MAX = 20
const EXIT_CODES_MAX = 255
const INDEXES_LENGTH_MAX = 64 * 1024

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore']

/** What becomes of a Job whose Pods fail (KEP-3329). */
export function validatePodFailurePolicy(spec: JobSpec, path: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? []
  const { containers, initContainers = [] } = spec.template.spec
  const names = new Set([...containers, ...initContainers].map(({ name }) => name))
  return [
    ...(rules.length > RULES_MAX ? [tooMany(`${path}.rules`, rules.length, RULES_MAX)] : NONE),
    ...eachAt(rules, `${path}.rules`, (rule, at) => [
      ...validateAction(spec, rule.action, `${at}.action`),
      ...ifSet(rule.onExitCodes, (codes) => validateExitCodes(codes, names, `${at}.onExitCodes`)),
      ...validateConditions(rule.onPodConditions, `${at}.onPodConditions`),
      ...validateChoice(rule, at),
    ]),
  ]
}

function validateAction({ backoffLimitPerIndex }: JobSpec, action: string, path: string) {
  if (action === 'FailIndex' && backoffLimitPerIndex === undefined)
    return [invalid(path, action, 'requires the backoffLimitPerIndex to be set')]
  return requiredValue(action, ACTIONS, path)
}

function requiredValue(value: string, values: readonly string[], path: string): FieldError[] {
  const shown = values.map((each) => JSON.stringify(each)).join(' ')
  if (!value) return [required(path, `valid values: [${shown}]`)]
  return values.includes(value) ? NONE : [unsupported(path, value, values)]
}

function validateChoice({ onExitCodes, onPodConditions = [] }: PodFailurePolicyRule, path: string) {
  const isByCondition = onPodConditions.length > 0
  if (onExitCodes && isByCondition) {
    const text = 'specifying both OnExitCodes and OnPodConditions is not supported'
    return [invalid(path, undefined, text)]
  }
  const text = 'specifying one of OnExitCodes and OnPodConditions is required'
  return onExitCodes || isByCondition ? NONE : [invalid(path, undefined, text)]
}

function validateConditions(
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[] = [],
  path: string,
): FieldError[] {
  return [
    ...(patterns.length > PATTERNS_MAX ? [tooMany(path, patterns.length, PATTERNS_MAX)] : NONE),
    ...eachAt(patterns, path, ({ type, status }, at) => [
      ...qualifiedName(type, `${at}.type`),
      ...requiredValue(status, ['False', 'True', 'Unknown'], `${at}.status`),
    ]),
  ]
}

function validateExitCodes(
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  names: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const at = `${path}.values`
  const text = 'must be one of the container or initContainer names in the pod template'
  const seen = new Set<number>()
  return [
    ...requiredValue(operator, ['In', 'NotIn'], `${path}.operator`),
    ...(containerName !== undefined && !names.has(containerName)
      ? [invalid(`${path}.containerName`, containerName, text)]
      : NONE),
    ...(values.length === 0 ? [invalid(at, values, 'at least one value is required')] : NONE),
    ...(values.length > EXIT_CODES_MAX ? [tooMany(at, values.length, EXIT_CODES_MAX)] : NONE),
    ...eachAt(values, at, (value, valuePath) => {
      const isZero = operator === 'In' && value === 0
      const isTwice = seen.has(value)
      seen.add(value)
      return [
        ...(isZero ? [invalid(valuePath, value, 'must not be 0 for the In operator')] : NONE),
        ...(isTwice ? [duplicate(valuePath, value)] : NONE),
      ]
    }),
    ...(values.some((value, i) => i > 0 && values[i - 1]! > value)
      ? [invalid(at, values, 'must be ordered')]
      : NONE),
  ]
}

/** When an Indexed Job has succeeded before all of its indexes have (KEP-3998). */
export function validateSuccessPolicy(spec: JobSpec, path: string): FieldError[] {
  const { successPolicy } = spec
  if (!successPolicy) return NONE
  if (spec.completionMode !== 'Indexed')
    return [invalid(path, successPolicy, 'requires indexed completion mode')]
  const { rules } = successPolicy
  const at = `${path}.rules`
  const text = 'at least one rules must be specified when the successPolicy is specified'
  return [
    ...(rules.length === 0 ? [required(at, text)] : NONE),
    ...(rules.length > RULES_MAX ? [tooMany(at, rules.length, RULES_MAX)] : NONE),
    ...eachAt(rules, at, (rule, rulePath) =>
      validateSuccess(rule, spec.completions ?? 0, rulePath),
    ),
  ]
}

function validateSuccess(rule: SuccessPolicyRule, completions: number, path: string): FieldError[] {
  const { succeededIndexes: indexes, succeededCount: count } = rule
  const atIndexes = `${path}.succeededIndexes`
  const text = 'at least one of succeededCount or succeededIndexes must be specified'
  const found = indexes === undefined ? undefined : countOrError(indexes, completions)
  const total = typeof found === 'number' ? found : 0
  return [
    ...(count === undefined && indexes === undefined ? [required(path, text)] : NONE),
    ...(indexes !== undefined && indexes.length > INDEXES_LENGTH_MAX
      ? [tooLong(atIndexes, INDEXES_LENGTH_MAX)]
      : NONE),
    ...(found instanceof IndexesError
      ? [invalid(atIndexes, indexes, `error parsing succeededIndexes: ${found.message}`)]
      : NONE),
    ...ifSet(count, (value) => [
      ...nonNegative(value, `${path}.succeededCount`),
      ...(value > completions
        ? [tooHigh(path, value, completions, 'the number of specified completions')]
        : NONE),
      ...(indexes !== undefined && value > total
        ? [
            tooHigh(
              path,
              value,
              total,
              'the number of indexes in the specified succeededIndexes field',
            ),
          ]
        : NONE),
    ]),
  ]
}

function tooHigh(path: string, value: number, max: number, what: string): FieldError {
  return invalid(`${path}.succeededCount`, value, `must be less than or equal to ${max} (${what})`)
}

function countOrError(indexes: string, completions: number): number | IndexesError {
  try {
    return countIndexes(parseIndexes(indexes, completions))
  } catch (error) {
    if (error instanceof IndexesError) return error
    throw error
  }
}
