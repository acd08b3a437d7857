import type { ContainerStatus, PodCondition, PodStatus } from '../../api/core/v1/common.ts'
import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { formatList } from '../../apimachinery/go-format.ts'
import type { Waiting } from '../pod-workers/plan-types.ts'
import type { Phase } from '../pod-workers/pod-phase.ts'

/** The conditions that the node agent owns; all others are left to their owners. */
export const OWN_CONDITIONS = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
] as const

/** Those that are there only while a resize is wanted (KEP-1287). */
const RESIZE_CONDITIONS = ['PodResizePending', 'PodResizeInProgress']

const DISRUPTION = 'DisruptionTarget'
const BY_KUBELET = 'TerminationByKubelet'

/** Whether a condition was made by the node agent: others too say why a Pod is disrupted. */
export function isMadeHere({ type, reason }: PodCondition): boolean {
  return isOwnCondition(type) || (type === DISRUPTION && reason === BY_KUBELET)
}

export function isOwnCondition(type: string): boolean {
  return [...OWN_CONDITIONS, ...RESIZE_CONDITIONS].includes(type)
}

export type Statuses = Pick<PodStatus, 'containerStatuses' | 'initContainerStatuses'>

type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>
const TRUE: Verdict = { status: 'True' }

export interface ConditionContext {
  readonly pod: Pod
  readonly phase: Phase
  readonly statuses: Statuses
  readonly initialized: boolean
  readonly hasSandbox: boolean
  readonly resize?: 'InProgress' | Waiting | undefined
  /** Why the node ends the Pod, where that is no fault of the Pod's own. */
  readonly disruption?: string
  readonly now: string
}

/** The node agent's conditions, their transition times kept from before where nothing changed. */
export function ownConditions(context: ConditionContext): readonly PodCondition[] {
  const { pod, phase, now } = context
  const containers =
    phase === 'Succeeded' || phase === 'Failed' ? ended(phase) : containersReady(context)
  const verdicts: Readonly<Record<(typeof OWN_CONDITIONS)[number], Verdict>> = {
    PodReadyToStartContainers: { status: context.hasSandbox ? 'True' : 'False' },
    Initialized: initialized(context),
    Ready: containers.status === 'True' ? gates(pod) : containers,
    ContainersReady: containers,
    PodScheduled: TRUE,
  }
  const { resize } = context
  const all: (readonly [string, Verdict])[] = OWN_CONDITIONS.map((type) => [type, verdicts[type]])
  if (resize === 'InProgress') all.push(['PodResizeInProgress', TRUE])
  else if (resize) all.push(['PodResizePending', { status: 'True', ...resize }])
  if (context.disruption !== undefined) {
    const { disruption: message } = context
    all.push([DISRUPTION, { status: 'True', reason: BY_KUBELET, message }])
  }
  return all.map(([type, verdict]) => {
    const before = pod.status.conditions?.find((each) => each.type === type)
    const { status, reason, message } = verdict
    const kept = before?.status === status ? before.lastTransitionTime : undefined
    const { generation } = pod.metadata
    return {
      type,
      status,
      lastTransitionTime: kept ?? now,
      ...(reason !== undefined && { reason }),
      ...(message !== undefined && { message }),
      ...(generation !== undefined && { observedGeneration: generation }),
    }
  })
}

function ended(phase: 'Succeeded' | 'Failed'): Verdict {
  return { status: 'False', reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }
}

function containersReady({ pod, statuses }: ConditionContext): Verdict {
  const { containerStatuses = [], initContainerStatuses = [] } = statuses
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name)
  const counted = [
    ...initContainerStatuses.filter(({ name }) => sidecars.includes(name)),
    ...containerStatuses,
  ]
  const unready = counted.filter(({ ready }) => !ready).map(({ name }) => name)
  if (unready.length === 0) return TRUE
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: ${formatList(unready)}`,
  }
}

function gates({ spec, status }: Pod): Verdict {
  const messages = (spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const found = status.conditions?.find(({ type }) => type === conditionType)
    if (!found)
      return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`]
    if (found.status === 'True') return []
    return [
      `the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`,
    ]
  })
  if (messages.length === 0) return TRUE
  const message = messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`
  return { status: 'False', reason: 'ReadinessGatesNotReady', message }
}

function initialized({ pod, phase, statuses, initialized: done }: ConditionContext): Verdict {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' }
  if (done) return TRUE
  const incomplete = (pod.spec.initContainers ?? []).filter((container) => {
    const status = statuses.initContainerStatuses?.find(({ name }) => name === container.name)
    return !isComplete(status, isSidecar(container))
  })
  if (incomplete.length === 0) return TRUE
  return {
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: ${formatList(incomplete.map(({ name }) => name))}`,
  }
}

function isComplete(status: ContainerStatus | undefined, sidecar: boolean): boolean {
  return sidecar ? (status?.started ?? false) : (status?.ready ?? false)
}
