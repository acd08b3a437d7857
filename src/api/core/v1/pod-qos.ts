import { compareTexts, isZero } from './resource-validation.ts'
import type { PodSpec } from './pod-spec.ts'
import type { ResourceRequirements } from './resources.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

/**
 * How well a Pod's resources are assured: Guaranteed where each container's CPU and memory requests equal its limits,
 * BestEffort where there are none. Resources of the Pod as a whole (KEP-2837) count alone where they are set.
 * See https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
export function podQosClass(
  spec: Pick<PodSpec, 'containers' | 'initContainers' | 'resources'>,
): QosClass {
  const all = hasCompute(spec.resources)
    ? [spec.resources!]
    : [...spec.containers, ...(spec.initContainers ?? [])].map(({ resources }) => resources)
  if (!all.some(hasCompute)) return 'BestEffort'
  return all.every(isGuaranteed) ? 'Guaranteed' : 'Burstable'
}

const COMPUTE = ['cpu', 'memory'] as const

function amounts(resources: ResourceRequirements | undefined, which: 'requests' | 'limits') {
  const list = resources?.[which] ?? {}
  return COMPUTE.map((name) => list[name]).filter((text) => text !== undefined && !isZero(text))
}

function hasCompute(resources: ResourceRequirements | undefined): boolean {
  return amounts(resources, 'requests').length > 0 || amounts(resources, 'limits').length > 0
}

function isGuaranteed(resources: ResourceRequirements): boolean {
  const limits = amounts(resources, 'limits')
  const requests = amounts(resources, 'requests')
  return (
    limits.length === COMPUTE.length &&
    requests.length === COMPUTE.length &&
    requests.every((request, i) => compareTexts(request!, limits[i]!) === 0)
  )
}
