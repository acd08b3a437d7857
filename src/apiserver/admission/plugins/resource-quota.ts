import { ResourceQuota } from '../../../api/core/v1/resource-quota.ts'
import { quotaEvaluator, quotaMatches, type QuotaEvaluator } from '../../../api/quota/evaluators.ts'
import {
  addResources,
  exceeding,
  formatResources,
  maskResources,
  increasedResources,
  negativeResources,
  type ResourceList,
} from '../../../api/quota/resource-lists.ts'
import type { Clock } from '../../../base/clock.ts'
import { isConflict, isNotFound } from '../../../apimachinery/status-predicates.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { inTurn } from './in-turn.ts'
import { checkCovered, type LimitedResource } from './limited-resources.ts'
import { refusal } from './refuse.ts'

export interface ResourceQuotaOptions {
  readonly live: LiveObjects
  readonly clock: Clock
  readonly limited?: readonly LimitedResource[]
}

const ATTEMPTS_MAX = 10

/**
 * Holds namespaces to their quotas. What is admitted is added to the quota's status at once, so that of two requests
 * that would fit only alone just one does; a controller counts anew what came of them.
 */
export function resourceQuota(options: ResourceQuotaOptions): AdmissionPlugin {
  const inNamespace = inTurn()
  return {
    name: 'ResourceQuota',
    operations: ['CREATE', 'UPDATE'],
    async validate(attributes) {
      const { namespace, type } = attributes
      const evaluator = quotaEvaluator(type.resource)
      if (namespace === '' || !counts(attributes, evaluator)) return
      const quotas = await options.live.list(ResourceQuota, namespace)
      if (quotas.length === 0 && (options.limited ?? []).length === 0) return
      await inNamespace(namespace, () => charge(attributes, evaluator, options))
    },
  }
}

function counts(
  { operation, subresource, type, oldObject }: AdmissionAttributes,
  { countsUpdates }: QuotaEvaluator,
): boolean {
  const { group, plural } = type.resource
  const isResize = group === '' && plural === 'pods' && subresource === 'resize'
  if (isResize) return operation === 'UPDATE'
  if (subresource !== '') return false
  const { metadata } = (oldObject ?? {}) as Partial<ResourceQuota>
  return operation === 'CREATE' || (countsUpdates && metadata?.deletionTimestamp === undefined)
}

async function charge(
  attributes: AdmissionAttributes,
  evaluator: QuotaEvaluator,
  options: ResourceQuotaOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const quotas = await options.live.list(ResourceQuota, attributes.namespace)
    const charged = chargedQuotas(quotas, attributes, evaluator, options)
    if (attributes.dryRun) return
    try {
      for (const quota of charged) await options.live.client.updateStatus(ResourceQuota, quota)
      return
    } catch (error) {
      if (!(isConflict(error) || isNotFound(error)) || attempt === ATTEMPTS_MAX) throw error
    }
  }
}

/** The quotas with what the request adds to them. Throws `Forbidden` where it does not fit into one. */
function chargedQuotas(
  quotas: readonly ResourceQuota[],
  attributes: AdmissionAttributes,
  evaluator: QuotaEvaluator,
  { clock, limited = [] }: ResourceQuotaOptions,
): readonly ResourceQuota[] {
  const { object, oldObject } = attributes
  const matching = quotas.filter((quota) => quotaMatches(evaluator, quota, hardOf(quota), object))
  for (const quota of matching) checkCountable(quota, attributes, evaluator)
  const usage = usageOf(attributes, evaluator, clock.now())
  // What was counted before is counted no more; what has become less, a controller finds out.
  const all = increasedResources(usage, {})
  const more = oldObject ? increasedResources(usage, evaluator.usage(oldObject, clock.now())) : all
  const deltas = matching.map((quota) => {
    const wasIn = oldObject && quotaMatches(evaluator, quota, hardOf(quota), oldObject)
    return { quota, delta: oldObject && !wasIn ? all : more }
  })
  const added = matching.length > 0 ? deltas.map(({ delta }) => delta) : [more]
  if (added.every((delta) => Object.keys(delta).length === 0)) return []
  const governed = new Set(matching.flatMap((quota) => governedIn(quota, evaluator)))
  checkCovered(limited, attributes, evaluator, { usage, governed, quotas })
  return deltas.flatMap(({ quota, delta }) => chargedQuota(quota, delta, attributes))
}

/** What a controller has found to hold; nothing before it has seen the quota. */
function hardOf({ status }: ResourceQuota): ResourceList {
  return status?.hard ?? {}
}

function governedIn(quota: ResourceQuota, { governs }: QuotaEvaluator): readonly string[] {
  return Object.keys(hardOf(quota)).filter(governs)
}

function checkCountable(
  quota: ResourceQuota,
  attributes: AdmissionAttributes,
  evaluator: QuotaEvaluator,
): void {
  const { name } = quota.metadata
  const names = governedIn(quota, evaluator)
  const reason = evaluator.problem?.(attributes.object, names)
  if (reason !== undefined) throw refusal(attributes, `failed quota: ${name}: ${reason}`)
  const { used = {} } = quota.status ?? {}
  if (names.every((each) => used[each] !== undefined)) return
  const text = `status unknown for quota: ${name}, resources: ${names.toSorted().join(',')}`
  throw refusal(attributes, text)
}

function usageOf(
  attributes: AdmissionAttributes,
  { usage }: QuotaEvaluator,
  nowMs: number,
): ResourceList {
  const now = usage(attributes.object, nowMs)
  const negative = negativeResources(now)
  if (negative.length > 0) {
    const text = `quota usage is negative for resource(s): ${negative.toSorted().join(',')}`
    throw refusal(attributes, text)
  }
  return now
}

function chargedQuota(
  quota: ResourceQuota,
  delta: ResourceList,
  attributes: AdmissionAttributes,
): readonly ResourceQuota[] {
  const hard = hardOf(quota)
  const requested = maskResources(delta, Object.keys(hard))
  const names = Object.keys(requested)
  if (names.length === 0) return []
  const before = quota.status?.used ?? {}
  const used = addResources(before, requested)
  const exceeded = exceeding(maskResources(used, names), hard)
  if (exceeded.length > 0) {
    const [wanted, taken, limited] = [requested, before, hard].map((list) =>
      formatResources(maskResources(list, exceeded)),
    )
    const text = `exceeded quota: ${quota.metadata.name}, requested: ${wanted}, used: ${taken}, limited: ${limited}`
    throw refusal(attributes, text)
  }
  return [{ ...quota, status: { ...quota.status, used } }]
}
