/** As much of a condition as setting it takes. */
export interface ConditionLike {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

/** The condition of a type. */
export function findCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  // A loop, since controllers ask this of all Pods of an owner whenever one of them changes.
  for (const each of conditions ?? []) if (each.type === type) return each
  return undefined
}

/** Whether the condition of a type holds. */
export function isConditionTrue(
  conditions: readonly ConditionLike[] | undefined,
  type: string,
): boolean {
  return findCondition(conditions, type)?.status === 'True'
}

/**
 * The conditions with `condition` in the place of the one of its type. Where status and reason are as before, nothing
 * changes; where only the status is, the time of the last transition is kept.
 */
export function setCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  condition: C,
): readonly C[] {
  const before = findCondition(conditions, condition.type)
  if (before?.status === condition.status && before.reason === condition.reason) return conditions!
  return [...removeCondition(conditions, condition.type), sinceThen(condition, before)]
}

/**
 * The conditions with `condition` where the one of its type was, and else at the end. Where status, reason and message are
 * as before, nothing changes; where only the status is, the time of the last transition is kept.
 */
export function putCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  condition: C,
): readonly C[] {
  const before = findCondition(conditions, condition.type)
  if (!before) return [...(conditions ?? []), condition]
  const { status, reason, message } = condition
  if (before.status === status && before.reason === reason && before.message === message)
    return conditions!
  const kept = sinceThen(condition, before)
  return conditions!.map((each) => (each === before ? kept : each))
}

/** The condition, with the time at which its status came to be what it is. */
export function sinceThen<C extends ConditionLike>(condition: C, before: C | undefined): C {
  return before?.status === condition.status && before.lastTransitionTime !== undefined
    ? { ...condition, lastTransitionTime: before.lastTransitionTime }
    : condition
}

/** The conditions without the one of a type. */
export function removeCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  type: string,
): readonly C[] {
  return (conditions ?? []).filter((each) => each.type !== type)
}
