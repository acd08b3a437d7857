import { forbidden, type FieldError } from '../../../schema/field-error.ts'
import { asFirstGeneration } from '../../preparation.ts'
import type { Strategy } from '../../strategy.ts'
import { immutable, NONE, oneOf } from '../../validation/rules.ts'
import type { PriorityClass } from './priority-class.ts'

/** Above this is for the system. */
const HIGHEST_USER_PRIORITY = 1_000_000_000
const SYSTEM_PREFIX = 'system-'

/** The classes that every cluster has, by name. */
const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
}

/** The rules of PriorityClasses. */
export const priorityClassStrategy: Strategy<PriorityClass> = {
  prepareForCreate: asFirstGeneration,
  validateCreate: validatePriorityClass,
  validateUpdate: (object, old) => [
    ...(object.value === old.value
      ? NONE
      : [forbidden('value', 'may not be changed in an update.')]),
    ...immutable(object.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'),
  ],
}

function validatePriorityClass(object: PriorityClass): FieldError[] {
  const { metadata, value, preemptionPolicy } = object
  const text = `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`
  return [
    ...(metadata.name.startsWith(SYSTEM_PREFIX)
      ? validateSystemClass(object)
      : value > HIGHEST_USER_PRIORITY
        ? [forbidden('value', text)]
        : NONE),
    ...oneOf(preemptionPolicy, ['PreemptLowerPriority', 'Never'], 'preemptionPolicy'),
  ]
}

function validateSystemClass({ metadata, value, globalDefault }: PriorityClass): FieldError[] {
  const { name } = metadata
  const expected = Object.hasOwn(SYSTEM_PRIORITIES, name) ? SYSTEM_PRIORITIES[name] : undefined
  const problem =
    expected === undefined
      ? `${name} is not a known system priority class`
      : value !== expected
        ? `value of ${name} PriorityClass must be ${expected}`
        : globalDefault
          ? `globalDefault of ${name} PriorityClass must be false`
          : undefined
  if (problem === undefined) return NONE
  const text = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${problem}`
  return [forbidden('metadata.name', text)]
}
