import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { ResourceQuota } from '../../api/core/v1/resource-quota.ts'
import { quotaEvaluator } from '../../api/quota/evaluators.ts'
import { equal } from '../../apimachinery/equality.ts'
import type { Catalog } from '../../client/catalog.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import {
  controller,
  type Controller,
  type ControllerContext,
  type ObjectKey,
  type Pass,
} from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { followCatalog } from '../common/follow-catalog.ts'
import { isGoverned, quotaUsage, type CountedKind } from './quota-usage.ts'

export interface ResourceQuotaControllerOptions {
  /** The types that the server has; custom resources are found by their definitions. */
  readonly builtIn: readonly ResourceClass[]
}

type Type = ResourceClass<AnyObject>

/**
 * Counts what the quotas of each namespace bound. What is created is added at admission; this counts anew when something
 * is gone, or uses less.
 */
export function resourceQuotaController({ builtIn }: ResourceQuotaControllerOptions): Controller {
  let catalog: (Catalog & Disposable) | undefined

  return controller<ResourceQuota>('resourcequota-controller', {
    queueName: 'resourcequota_primary',
    for: ResourceQuota,
    sources(context, add) {
      catalog = followCatalog(builtIn, context.informers, usesOf(context, add))
      return catalog
    },

    async reconcile(quota, pass) {
      const { hard = {} } = quota.spec
      const kinds = await countedKinds(quota, catalog?.list() ?? [], pass)
      const status = { hard, used: quotaUsage(quota, kinds, pass.clock.now()) }
      if (equal(status, { hard: {}, used: {}, ...quota.status })) return
      await pass.client.updateStatus(ResourceQuota, { ...quota, status })
    },
  })
}

// Read from the server, not from caches: what one of them has not seen yet would be counted as free to use.
async function countedKinds(
  quota: ResourceQuota,
  types: readonly Type[],
  { client }: Pass,
): Promise<readonly CountedKind[]> {
  const { namespace } = quota.metadata
  const governed = types.filter((type) => isCounted(type) && isGoverned(quota, type.resource))
  return Promise.all(
    governed.map(async (type) => {
      const { items } = await client.list(type, { namespace })
      return { resource: type.resource, objects: () => items }
    }),
  )
}

// Events come and go too fast to be counted.
function isCounted({ resource }: Type): boolean {
  return resource.namespaced && resource.kind !== 'Event'
}

/** Adds the quotas of a namespace whenever an object that they bound is gone, or may use less. */
function usesOf(
  { cache }: ControllerContext,
  add: (key: ObjectKey) => void,
): Parameters<typeof followCatalog>[2] {
  return (type) => {
    if (!isCounted(type)) return undefined
    const recount = ({ metadata }: AnyObject): void => {
      for (const quota of cache.list(ResourceQuota, { namespace: metadata.namespace ?? '' })) {
        if (isGoverned(quota, type.resource)) add(quota.metadata)
      }
    }
    const isLess = usesLess(type)
    return {
      delete: recount,
      update(after, before) {
        if (isLess(after, before)) recount(after)
      },
    }
  }
}

/** Which updates of a kind may change how much it uses. */
function usesLess({ resource }: Type): (after: AnyObject, before: AnyObject) => boolean {
  if (resource.group === '' && resource.kind === Pod.resource.kind) {
    return (after, before) =>
      isPodTerminal(after as unknown as Pod) !== isPodTerminal(before as unknown as Pod) ||
      after.metadata.deletionTimestamp !== before.metadata.deletionTimestamp
  }
  const { countsUpdates } = quotaEvaluator(resource)
  return () => countsUpdates
}
