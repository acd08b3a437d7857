import { validateLabelSelector } from '../../../apimachinery/label-validation.ts'
import { invalid, type FieldError } from '../../../schema/field-error.ts'
import { validateConditions } from '../../meta/v1/condition-validation.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { notMoreThan100Percent, positiveIntOrPercent } from '../../validation/int-or-percent.ts'
import { NONE, nonNegative, oneOf } from '../../validation/rules.ts'
import { PodDisruptionBudget } from './pod-disruption-budget.ts'

/** The rules of PodDisruptionBudgets (pkg/registry/policy/poddisruptionbudget/strategy.go). */
export const podDisruptionBudgetStrategy: Strategy<PodDisruptionBudget> = {
  ...preparation(PodDisruptionBudget),
  validateCreate: validateBudget,
  validateUpdate: validateBudget,
  status: statusStrategy(({ status }) => [
    ...validateConditions(status.conditions, 'status.conditions'),
    ...COUNTS.flatMap((field) => nonNegative(status[field], `status.${field}`)),
  ]),
  allowUnconditionalUpdate: false,
}

const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const

function validateBudget({ spec }: PodDisruptionBudget): FieldError[] {
  const areBothSet = spec.minAvailable !== undefined && spec.maxUnavailable !== undefined
  return [
    ...(areBothSet
      ? [invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
      : NONE),
    ...(['minAvailable', 'maxUnavailable'] as const).flatMap((field) => [
      ...positiveIntOrPercent(spec[field], `spec.${field}`),
      ...notMoreThan100Percent(spec[field], `spec.${field}`),
    ]),
    ...validateLabelSelector(spec.selector, 'spec.selector'),
    ...oneOf(
      spec.unhealthyPodEvictionPolicy,
      ['AlwaysAllow', 'IfHealthyBudget'],
      'spec.unhealthyPodEvictionPolicy',
    ),
  ]
}
