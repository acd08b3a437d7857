import { DEFAULT_FEATURES, type Features } from '../api/features.ts'
import { servedKind } from '../api/served-kind.ts'
import type { ResourceClass } from '../schema/resource.ts'
import type { Handle } from './framework/handle.ts'

/** What a cluster has. */
export interface ServedChoice {
  /** What is switched on; the default where absent. */
  readonly features?: Features
  /** The kinds that the API server has; those that are always served where absent. */
  readonly served?: readonly ResourceClass[]
}

/** Kinds that only some clusters have, in the versions that this one serves. */
export function optionalKinds({
  features = DEFAULT_FEATURES,
  served = [],
}: ServedChoice): Pick<Handle, 'taintRules' | 'podGroups'> {
  return {
    taintRules: servedKind(served, 'resource.k8s.io', 'devicetaintrules'),
    podGroups: features.enabled('GangScheduling')
      ? servedKind(served, 'scheduling.k8s.io', 'podgroups')
      : undefined,
  }
}

/** Whether classes of devices may stand for extended resources (KEP-5004). */
export function standsForResources({ features = DEFAULT_FEATURES }: ServedChoice): boolean {
  return features.enabled('DRAExtendedResource')
}
