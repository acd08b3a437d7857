import type { PodStatus } from '../../api/core/v1/common.ts'
import { equal } from '../../apimachinery/equality.ts'
import { isMadeHere, isOwnCondition } from './pod-conditions.ts'

type Patch = Readonly<Record<string, unknown>>

/** The strategic merge patch that makes one status the other, as far as the node agent owns it; undefined where nothing differs. */
export function statusPatch(before: PodStatus, after: PodStatus): Patch | undefined {
  const patch: Record<string, unknown> = {}
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [from, to] = [before[key as keyof PodStatus], after[key as keyof PodStatus]]
    if (equal(from, to)) continue
    if (key === 'conditions') Object.assign(patch, conditionsPatch(before, after))
    else if (key === 'podIPs' || key === 'hostIPs')
      patch[key] = addressesPatch(before[key], after[key])
    else patch[key] = to ?? null
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}

// Merged by type, so those of others stay, and what is not sent stays.
function conditionsPatch(before: PodStatus, after: PodStatus): Patch {
  const changed = (after.conditions ?? []).filter((condition) => {
    const { type } = condition
    if (!isMadeHere(condition)) return false
    return !equal(
      condition,
      before.conditions?.find((each) => each.type === type),
    )
  })
  const gone = (before.conditions ?? []).filter(
    ({ type }) => isOwnCondition(type) && !after.conditions?.some((each) => each.type === type),
  )
  if (changed.length + gone.length === 0) return {}
  return {
    conditions: [
      ...changed.map((condition) => ({ reason: null, message: null, ...condition })),
      ...gone.map(({ type }) => ({ type, $patch: 'delete' })),
    ],
  }
}

interface Address {
  readonly ip: string
}

// Merged by address, so those that are gone must be named.
function addressesPatch(before: readonly Address[] = [], after: readonly Address[] = []): unknown {
  const gone = before.filter(({ ip }) => !after.some((each) => each.ip === ip))
  return [...after, ...gone.map(({ ip }) => ({ ip, $patch: 'delete' }))]
}
