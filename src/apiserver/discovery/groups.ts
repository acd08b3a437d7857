import type { ResourceClass } from '../../schema/resource.ts'
import type { ExternalVersion } from '../aggregator/external-versions.ts'
import { CUSTOM_PRIORITY, groupPriority } from '../aggregator/priorities.ts'

/** A group as discovery tells it: versions best first, with what is served in each. */
export interface DiscoveredGroup {
  readonly name: string
  readonly versions: readonly DiscoveredVersion[]
}

export interface DiscoveredVersion {
  readonly version: string
  /** By their plural names. */
  readonly resources: readonly ResourceClass[]
  /** Present where another server answers it, which tells its resources itself. */
  readonly external?: ExternalVersion
}

/**
 * Files the kinds that are served under their groups and versions, in the order of priorities. A version that another
 * server answers stands in place of what is served here.
 */
export function groupsOf(
  types: readonly ResourceClass[],
  external: readonly ExternalVersion[] = [],
): readonly DiscoveredGroup[] {
  const own = Map.groupBy(types, ({ resource }) => resource.group)
  const others = Map.groupBy(external, ({ group }) => group)
  return [...new Set([...own.keys(), ...others.keys()])]
    .map((name) => ({
      name,
      priority: priorityOf(name, own.has(name), others.get(name) ?? []),
      versions: versionsOf(own.get(name) ?? [], others.get(name) ?? []),
    }))
    .toSorted((a, b) => b.priority - a.priority || compareText(a.name, b.name))
}

function priorityOf(name: string, isOwn: boolean, others: readonly ExternalVersion[]): number {
  const priorities = others.map(({ service }) => service.spec.groupPriorityMinimum)
  return Math.max(...priorities, isOwn ? groupPriority(name) : 0)
}

function versionsOf(
  types: readonly ResourceClass[],
  others: readonly ExternalVersion[],
): readonly DiscoveredVersion[] {
  const versions = new Map<string, DiscoveredVersion>()
  for (const [version, all] of Map.groupBy(types, ({ resource }) => resource.version)) {
    const resources = all.toSorted((a, b) => compareText(a.resource.plural, b.resource.plural))
    versions.set(version, { version, resources })
  }
  for (const external of others) {
    const { version } = external
    versions.set(version, { version, resources: [], external })
  }
  return [...versions.values()].toSorted(
    (a, b) => rank(b) - rank(a) || compareVersions(a.version, b.version),
  )
}

// What is served here goes by what the names of versions mean, and only others say how they rank.
function rank({ external }: DiscoveredVersion): number {
  return external?.service.spec.versionPriority ?? CUSTOM_PRIORITY.version
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
