import { podLimits, podRequests } from '../core/v1/pod-resources.ts'
import type { Pod } from '../core/v1/pod.ts'
import { isExtended, isHugePages } from '../core/v1/resource-names.ts'
import type { ResourceList } from './resource-lists.ts'

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage']

/** What a Pod counts for in a quota. One that has come to its end uses nothing but its place in the store. */
export function podUsage(pod: Pod, nowMs: number): ResourceList {
  if (isOver(pod, nowMs)) return { 'count/pods': '1' }
  return {
    'count/pods': '1',
    pods: '1',
    ...computeUsage(podRequests(pod.spec), podLimits(pod.spec)),
  }
}

/** Whether a quota's resource is one that Pods use. */
export function isUsedByPods(name: string): boolean {
  if (name === 'pods' || name === 'count/pods' || isHugePages(name)) return true
  const bare = name.replace(/^(?:requests|limits)\./, '')
  if (COMPUTE.includes(bare)) return true
  return name.startsWith('requests.') && (isHugePages(bare) || isExtended(bare))
}

/** What keeps a Pod from being counted: containers that do not say what they need of the required resources. */
export function podConstraintProblem(
  { spec }: Pod,
  required: readonly string[],
): string | undefined {
  const checked = required.filter((name) => EXPLICIT.has(name)).toSorted()
  const problems = checked.flatMap((name) => {
    const lacking = [...spec.containers, ...(spec.initContainers ?? [])].filter(
      ({ resources }) =>
        computeUsage(resources.requests ?? {}, resources.limits ?? {})[name] === undefined,
    )
    const names = [...new Set(lacking.map((each) => each.name))].toSorted()
    return names.length > 0 ? [`${name} for: ${names.join(',')}`] : []
  })
  return problems.length === 0 ? undefined : `must specify ${problems.join('; ')}`
}

const EXPLICIT = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
])

function computeUsage(requests: ResourceList, limits: ResourceList): ResourceList {
  const usage: Record<string, string> = {}
  for (const [name, amount] of Object.entries(requests)) {
    if (COMPUTE.includes(name) || isHugePages(name)) usage[name] = amount
    if (COMPUTE.includes(name) || isHugePages(name) || isExtended(name)) {
      usage[`requests.${name}`] = amount
    }
  }
  for (const name of COMPUTE) {
    if (limits[name] !== undefined) usage[`limits.${name}`] = limits[name]
  }
  return usage
}

function isOver({ status, metadata }: Pod, nowMs: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return true
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false
  // Its node should have been done with it by then.
  return nowMs > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000
}

/** Whether the Pod asks for Pods of other namespaces to be near or far. */
export function usesOtherNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
  const terms = [podAffinity, podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm }) => podAffinityTerm,
    ),
  ])
  return terms.some(
    ({ namespaces = [], namespaceSelector }) =>
      namespaces.length > 0 || namespaceSelector !== undefined,
  )
}
