import { hostPorts, type HostPort } from '../../api/core/v1/host-ports.ts'
import { podRequests } from '../../api/core/v1/pod-resources.ts'
import type { PodSpec } from '../../api/core/v1/pod-spec.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { amountsFrom, type Amounts } from './resources.ts'
import { parseTerms, type AffinityTerms } from './affinity-terms.ts'

/** A Pod with what the scheduler asks of it over and over, worked out once. */
export interface PodInfo {
  readonly pod: Pod
  readonly uid: string
  readonly priority: number
  readonly requests: Amounts
  /** As `requests`, but no container counts as asking for nothing, so that such Pods spread out too. */
  readonly nonZeroCPU: number
  readonly nonZeroMemory: number
  readonly ports: readonly HostPort[]
  readonly terms: AffinityTerms | undefined
}

const DEFAULT_MILLI_CPU = 100
const DEFAULT_MEMORY = 200 * 1024 * 1024
const NO_PORTS: readonly HostPort[] = []

export function podInfo(pod: Pod): PodInfo {
  const { spec } = pod
  const requests = amountsFrom(requestsOf(pod))
  const nonZero = nonZeroOf(spec, requests)
  return {
    pod,
    uid: pod.metadata.uid,
    priority: spec.priority ?? 0,
    requests,
    nonZeroCPU: nonZero.milliCPU,
    nonZeroMemory: nonZero.memory,
    ports: hasPorts(spec) ? hostPorts(spec) : NO_PORTS,
    terms: parseTerms(pod),
  }
}

/** The same for a newer state of the Pod whose spec and labels are the same. */
export function withPod(info: PodInfo, pod: Pod): PodInfo {
  return { ...info, pod }
}

function isPlain({ initContainers, containers, overhead, resources }: PodSpec): boolean {
  return containers.length === 1 && !initContainers?.length && !overhead && !resources
}

function requestsOf({ spec, status }: Pod): Readonly<Record<string, string>> | undefined {
  const actual = actualOf(status)
  if (!actual && isPlain(spec)) return spec.containers[0]!.resources?.requests
  return podRequests(spec, actual ? { actual } : {})
}

// While a resize is under way, the larger of what is asked for and what is held counts.
function actualOf(
  status: Pod['status'],
): Readonly<Record<string, Readonly<Record<string, string>>>> | undefined {
  let actual: Record<string, Readonly<Record<string, string>>> | undefined
  for (const { name, allocatedResources } of status.containerStatuses ?? []) {
    if (allocatedResources) (actual ??= {})[name] = allocatedResources
  }
  return actual
}

function hasPorts({ containers, initContainers }: PodSpec): boolean {
  return containers.some(({ ports }) => ports?.length) || initContainers !== undefined
}

/** Containers that name no amount count as 100m and 200Mi each. */
function nonZeroOf(
  spec: PodSpec,
  requests: Amounts,
): { readonly milliCPU: number; readonly memory: number } {
  if (isPlain(spec)) {
    const list = spec.containers[0]!.resources?.requests
    return {
      milliCPU: list?.['cpu'] === undefined ? DEFAULT_MILLI_CPU : requests.milliCPU,
      memory: list?.['memory'] === undefined ? DEFAULT_MEMORY : requests.memory,
    }
  }
  const filled = {
    ...spec,
    containers: spec.containers.map(withDefaults),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(withDefaults) }),
  }
  return amountsFrom(podRequests(filled))
}

function withDefaults<C extends PodSpec['containers'][number]>(container: C): C {
  const requests = container.resources?.requests
  return {
    ...container,
    resources: {
      ...container.resources,
      requests: { cpu: `${DEFAULT_MILLI_CPU}m`, memory: `${DEFAULT_MEMORY}`, ...requests },
    },
  }
}
