import type { PodStatus } from '../../api/core/v1/common.ts'
import { podQosClass } from '../../api/core/v1/pod-qos.ts'
import { timestampOf } from '../../base/clock.ts'
import type { PodFailure } from '../pod-workers/plan-types.ts'
import { isInitialized, podPhase, type Phase } from '../pod-workers/pod-phase.ts'
import { containerStatus, initKind, isToBeResized, type StatusContext } from './container-status.ts'
import { isOwnCondition, ownConditions } from './pod-conditions.ts'

export interface PodStatusContext extends StatusContext {
  readonly hostIPs: readonly string[]
  /** The Pod has failed as a whole. */
  readonly failure?: PodFailure
}

/** The status of a Pod as Kubernetes reports it. What others own in it is kept from the Pod as it is stored. */
export function podStatus(context: PodStatusContext): PodStatus {
  const { pod, runtime, hostIPs, failure, ended, nowMs } = context
  const { spec, status: before } = pod
  const phase: Phase = failure ? 'Failed' : podPhase(pod, runtime, ended)
  const statuses = containerStatuses(context)
  const now = timestampOf(nowMs)
  const podIPs = podAddresses(context)
  const conditions = ownConditions({
    pod,
    phase,
    statuses,
    initialized: isInitialized(pod, runtime),
    hasSandbox: hasSandbox(context),
    ...(isToBeResized(context) && { resize: context.resizeRefusal() ?? 'InProgress' }),
    ...(failure?.disrupts && { disruption: failure.message }),
    now,
  })
  const own = new Set(conditions.map(({ type }) => type))
  const others = (before.conditions ?? []).filter(
    ({ type }) => !isOwnCondition(type) && !own.has(type),
  )
  const { generation } = pod.metadata
  const reason = failure?.reason ?? before.reason
  const message = failure?.message ?? before.message
  return {
    ...kept(before),
    ...(generation !== undefined && { observedGeneration: generation }),
    phase,
    conditions: [...conditions, ...others],
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    hostIP: hostIPs[0]!,
    hostIPs: hostIPs.map((ip) => ({ ip })),
    ...(podIPs.length > 0 && { podIP: podIPs[0]!, podIPs: podIPs.map((ip) => ({ ip })) }),
    startTime: before.startTime ?? now,
    ...statuses,
    ...resourcesOf(context),
    qosClass: before.qosClass ?? podQosClass(spec),
  }
}

function containerStatuses(
  context: StatusContext,
): Pick<PodStatus, 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses'> {
  const { containers, initContainers = [], ephemeralContainers = [] } = context.pod.spec
  return {
    ...(initContainers.length > 0 && {
      initContainerStatuses: initContainers.map((each) =>
        containerStatus(context, each, initKind(each)),
      ),
    }),
    containerStatuses: containers.map((each) => containerStatus(context, each, 'regular')),
    ...(ephemeralContainers.length > 0 && {
      ephemeralContainerStatuses: ephemeralContainers.map((each) =>
        containerStatus(context, each, 'ephemeral'),
      ),
    }),
  }
}

/** What a Pod as a whole may use (KEP-5419): what was set aside for it follows its spec as soon as the node can. */
function resourcesOf(context: StatusContext): Pick<PodStatus, 'resources' | 'allocatedResources'> {
  const { pod, podResources, runtime } = context
  if (!podResources || runtime.sandboxes.length === 0) return {}
  const isRefused = isToBeResized(context) && context.resizeRefusal() !== undefined
  const { requests } = (isRefused ? podResources : pod.spec.resources) ?? {}
  return { resources: podResources, ...(requests && { allocatedResources: requests }) }
}

/** What the node agent leaves as it is. */
function kept(before: PodStatus): Partial<PodStatus> {
  const { nominatedNodeName, resourceClaimStatuses, extendedResourceClaimStatus } = before
  return {
    ...(nominatedNodeName !== undefined && { nominatedNodeName }),
    ...(resourceClaimStatuses && { resourceClaimStatuses }),
    ...(extendedResourceClaimStatus && { extendedResourceClaimStatus }),
  }
}

/** The Pod's addresses, those of the node's first family first; they stay known after its sandbox is gone. */
export function podAddresses({ pod, runtime, hostIPs }: PodStatusContext): readonly string[] {
  const sandbox = runtime.sandboxes[0]
  if (pod.spec.hostNetwork) return sandbox ? hostIPs : []
  if (sandbox && sandbox.ips.length > 0) return sandbox.ips.toSorted(byFamilyOf(hostIPs[0]))
  return (pod.status.podIPs ?? []).map(({ ip }) => ip)
}

function byFamilyOf(example = ''): (a: string, b: string) => number {
  const isOther = (ip: string): number => Number(ip.includes(':') !== example.includes(':'))
  return (a, b) => isOther(a) - isOther(b)
}

function hasSandbox({ pod, runtime }: StatusContext): boolean {
  const sandbox = runtime.sandboxes[0]
  return sandbox?.ready === true && (pod.spec.hostNetwork === true || sandbox.ips.length > 0)
}
