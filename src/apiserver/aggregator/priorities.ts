/** How a version ranks in discovery: `groupPriorityMinimum` and `versionPriority` of its APIService. */
export interface Priority {
  readonly group: number
  readonly version: number
}

/** Of custom resources, whose versions are sorted by what their names mean. */
export const CUSTOM_PRIORITY: Priority = { group: 1000, version: 100 }

const GROUPS: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'admissionregistration.k8s.io': 16_700,
  'apiextensions.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'internal.apiserver.k8s.io': 16_000,
  'resource.k8s.io': 15_900,
  'storagemigration.k8s.io': 15_800,
}

const STAGES: Readonly<Record<string, number>> = { beta: 9, alpha: 1 }
const STABLE = 15

/** Those that differ from their stage's. */
const VERSIONS: Readonly<Record<string, number>> = {
  '/v1': 1,
  'autoscaling/v2': 30,
  'admissionregistration.k8s.io/v1beta1': 12,
  'admissionregistration.k8s.io/v1alpha1': 9,
  'coordination.k8s.io/v1beta1': 13,
  'coordination.k8s.io/v1alpha2': 12,
  'flowcontrol.apiserver.k8s.io/v1': 21,
  'internal.apiserver.k8s.io/v1alpha1': 9,
  'resource.k8s.io/v1beta2': 12,
}

/**
 * The priority of a version that is built in (kube-apiserver's DefaultGenericAPIServicePriorities). Undefined for the
 * aggregator's own group, which registers everything but itself.
 */
export function builtInPriority(group: string, version: string): Priority | undefined {
  const ofGroup = GROUPS[group]
  if (ofGroup === undefined) return undefined
  const stage = /alpha|beta/.exec(version)?.[0] ?? ''
  return {
    group: ofGroup,
    version: VERSIONS[`${group}/${version}`] ?? STAGES[stage] ?? STABLE,
  }
}

/** The aggregator's own group comes right after the core. */
export const OWN_GROUP = 'apiregistration.k8s.io'
const OWN_PRIORITY = 17_900

/** How a group ranks that is served here: custom resources come after all that is built in. */
export function groupPriority(group: string): number {
  if (group === OWN_GROUP) return OWN_PRIORITY
  return GROUPS[group] ?? CUSTOM_PRIORITY.group
}
