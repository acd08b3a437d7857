import type { Node } from '../../../api/core/v1/node.ts'
import { ResourceSlice, type DeviceTaint } from '../../../api/resource/v1/resource-slice.ts'
import type { DeviceTaintRule } from '../../../api/resource/v1alpha3/device-taint-rule.ts'
import { addedTaints } from '../../../api/resource/device-taints.ts'
import type { SharedInformers } from '../../../client/shared-informers.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import { devicesByNode, poolsOf, type PoolDevice } from './device-pools.ts'

/** What devices there are. */
export interface DeviceLister {
  /** Those that a node can use. */
  near(node: Node): readonly PoolDevice[]
}

/** Follows slices and, where they are served, rules that taint devices. */
export function deviceLister(
  informers: SharedInformers,
  taintRules: ResourceClass<DeviceTaintRule> | undefined,
): DeviceLister {
  const slices = informers.informer(ResourceSlice)
  const rules = taintRules && informers.informer(taintRules)
  let near: DeviceLister['near'] | undefined
  const forget = (): void => (near = undefined)
  const changed = { add: forget, update: forget, delete: forget }
  slices.subscribe(changed)
  rules?.subscribe(changed)
  const taintsOf = (driver: string, pool: string, device: string): readonly DeviceTaint[] =>
    addedTaints(rules?.cache.list() ?? [], driver, pool, device)
  return {
    near(node) {
      near ??= devicesByNode(poolsOf(slices.cache.list(), taintsOf))
      return near(node)
    },
  }
}
