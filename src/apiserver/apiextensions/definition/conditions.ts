import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
} from '../../../api/apiextensions/v1/custom-resource-definition.ts'
import { equal } from '../../../apimachinery/equality.ts'

export type Definition = CustomResourceDefinition
type Condition = CustomResourceDefinitionCondition
/** A condition yet without the time at which it came to hold. */
export type NewCondition = Omit<Condition, 'lastTransitionTime'>

export function conditionOf({ status }: Definition, type: string): Condition | undefined {
  return status.conditions.find((each) => each.type === type)
}

export function isTrue(definition: Definition, type: string): boolean {
  return conditionOf(definition, type)?.status === 'True'
}

/** The definition with a condition; the time of its last transition changes with its status alone. */
export function withCondition(
  definition: Definition,
  condition: NewCondition,
  now: string,
): Definition {
  const before = conditionOf(definition, condition.type)
  const lastTransitionTime =
    before?.status === condition.status ? (before.lastTransitionTime ?? now) : now
  const { type, status, ...rest } = condition
  const after: Condition = { type, status, lastTransitionTime, ...rest }
  if (before && equal(before, after)) return definition
  const others = definition.status.conditions
  const conditions = before
    ? others.map((each) => (each === before ? after : each))
    : [...others, after]
  return { ...definition, status: { ...definition.status, conditions } }
}

export function withoutCondition(definition: Definition, type: string): Definition {
  const { conditions } = definition.status
  const kept = conditions.filter((each) => each.type !== type)
  if (kept.length === conditions.length) return definition
  return { ...definition, status: { ...definition.status, conditions: kept } }
}
