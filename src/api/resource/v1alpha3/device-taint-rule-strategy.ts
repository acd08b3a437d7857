import { timestamp } from '../../../base/clock.ts'
import type { FieldError } from '../../../schema/field-error.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import { changeField } from '../../change.ts'
import { validateConditions } from '../../meta/v1/condition-validation.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { dnsLabel, ifSet } from '../../validation/rules.ts'
import { validateDriverName, validatePoolName, validateTaint } from '../v1/device-validation.ts'
import type { DeviceTaintRule, DeviceTaintRuleSpec } from './device-taint-rule.ts'

/** The rules of DeviceTaintRules (pkg/registry/resource/devicetaintrule/strategy.go, KEP-5055). */
export function deviceTaintRuleStrategy(
  type: ResourceClass<DeviceTaintRule>,
): Strategy<DeviceTaintRule> {
  const prepared = preparation(type)
  return {
    prepareForCreate: (rule, context) =>
      prepared.prepareForCreate(withTime(rule, timestamp(context.clock)), context),
    prepareForUpdate: (rule, old, context) =>
      prepared.prepareForUpdate(withTime(rule, timestamp(context.clock)), old, context),
    validateCreate: ({ spec }) => validateSpec(spec, 'spec'),
    validateUpdate: ({ spec }) => validateSpec(spec, 'spec'),
    status: statusStrategy(({ status }) =>
      validateConditions(status.conditions, 'status.conditions'),
    ),
  }
}

function withTime(rule: DeviceTaintRule, now: string): DeviceTaintRule {
  return changeField(rule, 'spec', (spec) =>
    changeField(spec, 'taint', (taint) =>
      taint.timeAdded === undefined ? { ...taint, timeAdded: now } : taint,
    ),
  )
}

function validateSpec(
  { deviceSelector: selector, taint }: DeviceTaintRuleSpec,
  path: string,
): FieldError[] {
  const at = `${path}.deviceSelector`
  return [
    ...ifSet(selector?.driver, (name) => validateDriverName(name, `${at}.driver`)),
    ...ifSet(selector?.pool, (name) => validatePoolName(name, `${at}.pool`)),
    ...ifSet(selector?.device, (name) => dnsLabel(name, `${at}.device`)),
    ...validateTaint(taint, `${path}.taint`),
  ]
}
