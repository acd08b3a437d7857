import { podLimits, podRequests } from '../../api/core/v1/pod-resources.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { quantityMilliValue, quantityValue } from '../../schema/quantity.ts'
import { cpuQuotaUs, cpuShares } from '../containers/resources.ts'

/** What the cgroup of a Pod is set to; what is undefined is not limited. */
export interface PodLimits {
  /** Relative to other Pods', 2 to 262144. */
  readonly cpuShares: number
  /** Microseconds of each 100 ms. */
  readonly cpuQuotaUs?: number
  readonly memoryBytes?: number
}

/** The limits of a Pod as a whole: those of its containers together, where all of them have one. */
export function cgroupLimits({ spec }: Pick<Pod, 'spec'>): PodLimits {
  const requests = podRequests(spec)
  const limits = podLimits(spec)
  const limited = (name: 'cpu' | 'memory'): boolean =>
    spec.resources?.limits?.[name] !== undefined ||
    [...spec.containers, ...(spec.initContainers ?? [])].every(
      ({ resources }) => quantityMilliValue(resources.limits?.[name]) > 0,
    )
  return {
    cpuShares: cpuShares(quantityMilliValue(requests['cpu'])),
    ...(limited('cpu') && { cpuQuotaUs: cpuQuotaUs(quantityMilliValue(limits['cpu'])) }),
    ...(limited('memory') && { memoryBytes: quantityValue(limits['memory']) }),
  }
}

/** The same weight on cgroup v2's scale of 1 to 10000, as runtimes convert it. */
export function cpuWeight(shares: number): number {
  const log = Math.log2(shares)
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34))
}
