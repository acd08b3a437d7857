import { podQosClass } from '../../api/core/v1/pod-qos.ts'
import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { isCriticalPod, PRIORITY_CRITICAL } from '../pod-workers/critical-pod.ts'
import { quantityMilliValue, quantityValue } from '../../schema/quantity.ts'
import type { Input, LinuxContainerResources } from '../cri/types.ts'

const SHARES_MIN = 2
const SHARES_MAX = 262_144
const QUOTA_PERIOD_US = 100_000
const QUOTA_MIN_US = 1000

/** What the machine has for all Pods. */
export interface MemoryCapacity {
  readonly memoryBytes: number
  /** What may be swapped out; undefined where the kernel cannot limit that by itself (cgroup v1). */
  readonly swapBytes: number | undefined
}

/** What a container may use, as cgroup values. */
export function linuxResources(
  pod: Pod,
  container: AnyContainer,
  { memoryBytes, swapBytes }: MemoryCapacity,
): Input<LinuxContainerResources> {
  const { limits = {}, requests = {} } = container.resources
  const cpuLimit = limits['cpu']
  const shares = cpuShares(quantityMilliValue(requests['cpu'] ?? cpuLimit))
  const memoryLimit = quantityValue(limits['memory'])
  const hugepages = hugepageLimits(limits)
  return {
    cpuShares: shares,
    cpuPeriod: QUOTA_PERIOD_US,
    ...(cpuLimit !== undefined && { cpuQuota: cpuQuotaUs(quantityMilliValue(cpuLimit)) }),
    // Without swap for containers: the same limit for memory and swap together.
    ...(memoryLimit > 0 && {
      memoryLimitInBytes: memoryLimit,
      memorySwapLimitInBytes: memoryLimit,
    }),
    oomScoreAdj: oomScoreAdjust(pod, container, memoryBytes),
    ...(swapBytes !== undefined && {
      unified: {
        'memory.swap.max': String(swapLimitBytes(pod, container, memoryBytes, swapBytes)),
      },
    }),
    ...(hugepages.length > 0 && { hugepageLimits: hugepages }),
  }
}

/** A container of a Burstable Pod may swap out a share as large as that which it asks of the memory (KEP-2400). */
function swapLimitBytes(
  pod: Pod,
  container: AnyContainer,
  memoryBytes: number,
  swapBytes: number,
): number {
  const request = memoryRequest(container)
  const isFixed = request === quantityValue(container.resources.limits?.['memory'])
  if (podQosClass(pod.spec) !== 'Burstable' || isCriticalPod(pod) || isFixed) return 0
  return Math.floor((request / memoryBytes) * swapBytes)
}

const HUGEPAGES = 'hugepages-'

/** How many bytes of pages of each size, which cgroups name as `2MB`, where a container asks for any. */
function hugepageLimits(
  limits: Readonly<Record<string, string>>,
): readonly { readonly pageSize: string; readonly limit: number }[] {
  return Object.entries(limits)
    .filter(([name]) => name.startsWith(HUGEPAGES))
    .map(([name, amount]) => ({
      pageSize: name.slice(HUGEPAGES.length).replace(/i?$/, 'B'),
      limit: quantityValue(amount),
    }))
}

/** The weight of so many thousandths of a CPU. */
export function cpuShares(milliCpu: number): number {
  const shares = Math.floor((milliCpu * 1024) / 1000)
  return Math.min(Math.max(shares, SHARES_MIN), SHARES_MAX)
}

/** So many thousandths of a CPU as time in each 100 ms; 0 is no limit. */
export function cpuQuotaUs(milliCpu: number): number {
  if (milliCpu === 0) return 0
  return Math.max(Math.floor((milliCpu * QUOTA_PERIOD_US) / 1000), QUOTA_MIN_US)
}

/** Who is killed first when memory runs out: BestEffort Pods, then those that asked for little. */
export function oomScoreAdjust(
  pod: Pod,
  container: AnyContainer,
  memoryCapacityBytes: number,
): number {
  if ((pod.spec.priority ?? 0) >= PRIORITY_CRITICAL) return -997
  const qos = podQosClass(pod.spec)
  if (qos === 'Guaranteed') return -997
  if (qos === 'BestEffort') return 1000
  const own = memoryRequest(container)
  const score = 1000 - Math.trunc((1000 * own) / memoryCapacityBytes)
  // A sidecar is not to go before what it serves.
  const isHelper = pod.spec.initContainers?.some(
    (each) => each.name === container.name && isSidecar(each),
  )
  const least = isHelper
    ? Math.min(
        ...pod.spec.containers.map((each) =>
          bounded(1000 - Math.trunc((1000 * memoryRequest(each)) / memoryCapacityBytes)),
        ),
      )
    : 1000
  return Math.min(bounded(score), least)
}

// Never as protected as Guaranteed, nor as exposed as BestEffort.
function bounded(score: number): number {
  return Math.min(Math.max(score, 3), 999)
}

function memoryRequest({ resources }: AnyContainer): number {
  return quantityValue(resources.requests?.['memory'])
}

const TIERS = { Guaranteed: '', Burstable: '/burstable', BestEffort: '/besteffort' } as const

/** The cgroup of a Pod, as the cgroupfs driver names it. */
export function podCgroup(root: string, pod: Pick<Pod, 'spec' | 'metadata'>): string {
  return `${root}${TIERS[podQosClass(pod.spec)]}/pod${pod.metadata.uid}`
}

/** All cgroups that a Pod of this uid may have had. */
export function possiblePodCgroups(root: string, podUid: string): readonly string[] {
  return Object.values(TIERS).map((tier) => `${root}${tier}/pod${podUid}`)
}
