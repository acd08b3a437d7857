import { qualifiedNameProblems, regexText, whole } from '../../../apimachinery/names.ts'
import {
  duplicate,
  invalid,
  required,
  tooLong,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { eachAt, NONE, problemsAt } from '../../validation/rules.ts'
import type { Condition } from './common.ts'

const STATUSES = ['False', 'True', 'Unknown']
const REASON_MAX = 1024
const MESSAGE_MAX = 32 * 1024

const REASON = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const REASON_PATTERN = whole(REASON)
const REASON_PROBLEM = regexText(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  REASON,
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
)

/** Checks conditions of the common form: one of each type, each with status, time and reason. */
export function validateConditions(
  conditions: readonly Condition[] | undefined,
  path: string,
): FieldError[] {
  const seen = new Set<string>()
  return eachAt(conditions, path, (condition, at) => {
    const isTwice = seen.has(condition.type)
    seen.add(condition.type)
    return [
      ...(isTwice ? [duplicate(`${at}.type`, condition.type)] : NONE),
      ...validateCondition(condition, at),
    ]
  })
}

function validateCondition(condition: Condition, path: string): FieldError[] {
  const { type, status, observedGeneration = 0, lastTransitionTime, reason, message } = condition
  return [
    ...problemsAt(`${path}.type`, type, qualifiedNameProblems(type)),
    ...(STATUSES.includes(status) ? NONE : [unsupported(`${path}.status`, status, STATUSES)]),
    ...(observedGeneration < 0
      ? [
          invalid(
            `${path}.observedGeneration`,
            observedGeneration,
            'must be greater than or equal to zero',
          ),
        ]
      : NONE),
    ...(lastTransitionTime ? NONE : [required(`${path}.lastTransitionTime`, 'must be set')]),
    ...validateReason(reason, `${path}.reason`),
    ...(message.length > MESSAGE_MAX ? [tooLong(`${path}.message`, MESSAGE_MAX)] : NONE),
  ]
}

function validateReason(reason: string, path: string): FieldError[] {
  if (!reason) return [required(path, 'must be set')]
  return [
    ...(REASON_PATTERN.test(reason) ? NONE : [invalid(path, reason, REASON_PROBLEM)]),
    ...(reason.length > REASON_MAX ? [tooLong(path, REASON_MAX)] : NONE),
  ]
}
