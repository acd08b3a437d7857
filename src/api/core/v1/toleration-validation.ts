import { labelValueProblems } from '../../../apimachinery/names.ts'
import {
  duplicate,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { eachAt, NONE, oneOf, qualifiedName, withDetail } from '../../validation/rules.ts'
import type { Taint, Toleration } from './toleration.ts'

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

const KEY_MISSING =
  'operator must be Exists when `key` is empty, which means "match all values and all keys"'

export function validateTolerations(
  tolerations: readonly Toleration[] | undefined,
  path: string,
): FieldError[] {
  return eachAt(tolerations, path, validateToleration)
}

function validateToleration(toleration: Toleration, path: string): FieldError[] {
  const { key, effect = '', tolerationSeconds } = toleration
  const operator: string = toleration.operator ?? ''
  const needsNoExecute = "effect must be 'NoExecute' when `tolerationSeconds` is set"
  return [
    ...(key ? qualifiedName(key, `${path}.key`) : NONE),
    ...(!key && operator !== 'Exists'
      ? [invalid(`${path}.operator`, operator, KEY_MISSING)]
      : NONE),
    ...(tolerationSeconds !== undefined && effect !== 'NoExecute'
      ? [invalid(`${path}.effect`, effect, needsNoExecute)]
      : NONE),
    ...validateOperator(toleration, `${path}.operator`),
    ...(effect ? oneOf(effect, EFFECTS, `${path}.effect`) : NONE),
  ]
}

function validateOperator(toleration: Toleration, path: string): FieldError[] {
  const { operator = 'Equal', value = '' } = toleration
  if (operator === 'Exists') {
    if (value === '') return NONE
    return [invalid(path, value, "value must be empty when `operator` is 'Exists'")]
  }
  if (operator !== 'Equal') return [unsupported(path, operator, ['Equal', 'Exists'])]
  const problems = labelValueProblems(value)
  return problems.length === 0 ? NONE : [invalid(path, value, problems.join(';'))]
}

/** Checks the taints of a node. */
export function validateTaints(taints: readonly Taint[] | undefined, path: string): FieldError[] {
  const seen = new Set<string>()
  return eachAt(taints, path, (taint, at) => {
    const { key, value = '', effect } = taint
    const problems = labelValueProblems(value)
    const id = `${effect} ${key}`
    const isTwice = seen.has(id)
    seen.add(id)
    return [
      ...qualifiedName(key, `${at}.key`),
      ...(problems.length === 0 ? NONE : [invalid(`${at}.value`, value, problems.join(';'))]),
      ...((effect as string) === ''
        ? [required(`${at}.effect`)]
        : oneOf(effect, EFFECTS, `${at}.effect`)),
      ...(isTwice
        ? [withDetail(duplicate(at, taint), 'taints must be unique by key and effect pair')]
        : NONE),
    ]
  })
}
