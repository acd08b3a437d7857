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
  return conditions?.find((each) => each.type === type)
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
  const kept =
    before?.status === condition.status && before.lastTransitionTime !== undefined
      ? { ...condition, lastTransitionTime: before.lastTransitionTime }
      : condition
  return [...removeCondition(conditions, condition.type), kept]
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
  const isSameStatus = before.status === condition.status
  if (isSameStatus && before.reason === condition.reason && before.message === condition.message)
    return conditions!
  const { lastTransitionTime } = before
  const kept =
    isSameStatus && lastTransitionTime !== undefined
      ? { ...condition, lastTransitionTime }
      : condition
  return conditions!.map((each) => (each === before ? kept : each))
}

/** The conditions without the one of a type. */
export function removeCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  type: string,
): readonly C[] {
  return (conditions ?? []).filter((each) => each.type !== type)
}
