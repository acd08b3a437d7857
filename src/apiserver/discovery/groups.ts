import { API_GROUPS } from '../../api/resources.ts'
import type { ResourceClass } from '../../schema/resource.ts'

/** A group as discovery tells it: versions best first, with what is served in each. */
export interface DiscoveredGroup {
  readonly name: string
  readonly versions: readonly DiscoveredVersion[]
}

export interface DiscoveredVersion {
  readonly version: string
  /** By their plural names. */
  readonly resources: readonly ResourceClass[]
}

/** Files the kinds that are served under their groups and versions, in the order that upstream's priorities give. */
export function groupsOf(types: readonly ResourceClass[]): readonly DiscoveredGroup[] {
  const groups = Map.groupBy(types, ({ resource }) => resource.group)
  return [...groups]
    .map(([name, all]) => ({ name, versions: versionsOf(all) }))
    .toSorted((a, b) => rank(a.name) - rank(b.name) || compareText(a.name, b.name))
}

function versionsOf(types: readonly ResourceClass[]): readonly DiscoveredVersion[] {
  const versions = Map.groupBy(types, ({ resource }) => resource.version)
  return [...versions]
    .map(([version, all]) => ({
      version,
      resources: all.toSorted((a, b) => compareText(a.resource.plural, b.resource.plural)),
    }))
    .toSorted((a, b) => compareVersions(a.version, b.version))
}

const ORDER = API_GROUPS.flatMap(({ name }) =>
  // Groups that can be switched on stand around one that is always there.
  name === 'resource.k8s.io'
    ? ['internal.apiserver.k8s.io', name, 'storagemigration.k8s.io']
    : [name],
)

// Groups of custom resources follow those that are built in.
function rank(group: string): number {
  const at = ORDER.indexOf(group)
  return at === -1 ? ORDER.length : at
}

const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/
const STAGES = ['alpha', 'beta', undefined]

/**
 * Orders versions as clients prefer them: v2, v1, v1beta2, v1beta1, v1alpha1, then others by name.
 * See https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)]
  if (!left || !right) return left ? -1 : right ? 1 : compareText(a, b)
  return (
    STAGES.indexOf(right[2]) - STAGES.indexOf(left[2]) ||
    Number(right[1]) - Number(left[1]) ||
    Number(right[3] ?? 0) - Number(left[3] ?? 0)
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
