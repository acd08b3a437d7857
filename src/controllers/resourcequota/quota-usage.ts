import type { ResourceQuota } from '../../api/core/v1/resource-quota.ts'
import { quotaEvaluator, quotaMatches } from '../../api/quota/evaluators.ts'
import { addResources, maskResources, type ResourceList } from '../../api/quota/resource-lists.ts'
import type { ResourceInfo } from '../../schema/resource.ts'

/** The objects of a kind in a namespace. */
export interface CountedKind {
  readonly resource: ResourceInfo
  readonly objects: () => readonly unknown[]
}

/** How much of what a quota bounds is used. What no kind uses is not told. */
export function quotaUsage(
  quota: ResourceQuota,
  kinds: readonly CountedKind[],
  nowMs: number,
): ResourceList {
  const { hard = {} } = quota.spec
  let used: ResourceList = {}
  for (const { resource, objects } of kinds) {
    const evaluator = quotaEvaluator(resource)
    const names = Object.keys(hard).filter(evaluator.governs)
    if (names.length === 0) continue
    used = addResources(used, Object.fromEntries(names.map((name) => [name, '0'])))
    for (const object of objects()) {
      if (!quotaMatches(evaluator, quota, hard, object)) continue
      used = addResources(used, maskResources(evaluator.usage(object, nowMs), names))
    }
  }
  return used
}

/** Whether a quota bounds something that objects of the kind use. */
export function isGoverned({ spec }: ResourceQuota, resource: ResourceInfo): boolean {
  const { governs } = quotaEvaluator(resource)
  return Object.keys(spec.hard ?? {}).some(governs)
}
