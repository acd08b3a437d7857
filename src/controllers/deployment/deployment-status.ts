import type { Deployment } from '../../api/apps/v1/deployment.ts'
import type { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { findCondition, removeCondition, setCondition } from '../../api/meta/v1/conditions.ts'
import { maxUnavailable } from './limits.ts'
import { allOf, isObserved, sum, wanted, type ReplicaSets } from './replica-sets.ts'

export type DeploymentStatus = Deployment['status']
export type DeploymentCondition = NonNullable<DeploymentStatus['conditions']>[number]

const NO_DEADLINE = 2 ** 31 - 1

/** Whether a rollout that makes no progress fails some time. */
export function hasProgressDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== NO_DEADLINE
}

/** A condition that begins, or is confirmed, now. */
export function condition(
  type: 'Available' | 'Progressing' | 'ReplicaFailure',
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  now: string,
): DeploymentCondition {
  return { type, status, reason, message, lastUpdateTime: now, lastTransitionTime: now }
}

/** The status with a condition set, and all else as it is. */
export function withCondition(
  status: DeploymentStatus,
  added: DeploymentCondition,
): DeploymentStatus {
  return { ...status, conditions: setCondition(status.conditions, added) }
}

/** The status with the counts of its ReplicaSets, and whether enough Pods are available. */
export function countedStatus(
  deployment: Deployment,
  sets: ReplicaSets,
  now: string,
): DeploymentStatus {
  const all = allOf(sets)
  const { spec, status, metadata } = deployment
  const available = sum(all, (each) => each.status.availableReplicas)
  const enough = available >= spec.replicas - maxUnavailable(deployment)
  const counts = {
    observedGeneration: metadata.generation ?? 0,
    replicas: sum(all, (each) => each.status.replicas),
    updatedReplicas: sets.current?.status.replicas ?? 0,
    readyReplicas: sum(all, (each) => each.status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted(all) - available),
  }
  const conditions = setCondition(
    status.conditions,
    enough
      ? condition('Available', 'True', 'MinimumReplicasAvailable', ENOUGH, now)
      : condition('Available', 'False', 'MinimumReplicasUnavailable', NOT_ENOUGH, now),
  )
  return {
    ...(Object.fromEntries(
      Object.entries(counts).filter(([, count]) => count !== 0),
    ) as DeploymentStatus),
    terminatingReplicas: sum(all, (each) => each.status.terminatingReplicas),
    ...(status.collisionCount !== undefined && { collisionCount: status.collisionCount }),
    conditions,
  }
}

const ENOUGH = 'Deployment has minimum availability.'
const NOT_ENOUGH = 'Deployment does not have minimum availability.'

/** The status in the course of a rollout: the counts, how it is going, and what keeps Pods from being made. */
export function rolloutStatus(
  deployment: Deployment,
  sets: ReplicaSets,
  nowMs: number,
  now: string,
): DeploymentStatus {
  const status = withProgress(
    deployment,
    sets.current,
    countedStatus(deployment, sets, now),
    nowMs,
    now,
  )
  const failure = replicaFailure(sets)
  const conditions = failure
    ? setCondition(status.conditions, failure)
    : removeCondition(status.conditions, 'ReplicaFailure')
  return { ...status, conditions }
}

function withProgress(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  status: DeploymentStatus,
  nowMs: number,
  now: string,
): DeploymentStatus {
  if (!hasProgressDeadline(deployment)) {
    return { ...status, conditions: removeCondition(status.conditions, 'Progressing') }
  }
  const before = findCondition(status.conditions, 'Progressing')
  const isDone =
    status.replicas === status.updatedReplicas && before?.reason === 'NewReplicaSetAvailable'
  if (isDone) return status

  const what = current
    ? `ReplicaSet "${current.metadata.name}"`
    : `Deployment "${deployment.metadata.name}"`
  if (isComplete(deployment, status)) {
    const message = `${what} has successfully progressed.`
    const added = condition('Progressing', 'True', 'NewReplicaSetAvailable', message, now)
    return withCondition(status, added)
  }
  if (hasProgressed(deployment, status)) {
    // Each step counts, so the condition is renewed even where its reason is the same.
    const others = removeCondition(status.conditions, 'Progressing')
    const added = condition(
      'Progressing',
      'True',
      'ReplicaSetUpdated',
      `${what} is progressing.`,
      now,
    )
    const since = before?.status === 'True' ? before.lastTransitionTime : undefined
    const kept = since === undefined ? added : { ...added, lastTransitionTime: since }
    return { ...status, conditions: [...others, kept] }
  }
  if (hasTimedOut(deployment, status, nowMs)) {
    const message = `${what} has timed out progressing.`
    const added = condition('Progressing', 'False', 'ProgressDeadlineExceeded', message, now)
    return withCondition(status, added)
  }
  return status
}

/** Whether all Pods are of the present template, and available. */
export function isComplete({ spec, metadata }: Deployment, status: DeploymentStatus): boolean {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status
  return (
    updatedReplicas === spec.replicas &&
    replicas === spec.replicas &&
    availableReplicas === spec.replicas &&
    isObserved({ metadata, status })
  )
}

function hasProgressed({ status: before }: Deployment, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus): number =>
    (status.replicas ?? 0) - (status.updatedReplicas ?? 0)
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

function hasTimedOut(
  { spec }: Deployment,
  { conditions }: DeploymentStatus,
  nowMs: number,
): boolean {
  const progress = findCondition(conditions, 'Progressing')
  if (!progress || progress.reason === 'NewReplicaSetAvailable') return false
  if (progress.reason === 'ProgressDeadlineExceeded') return true
  const sinceMs = Date.parse(progress.lastUpdateTime ?? '')
  return sinceMs + spec.progressDeadlineSeconds * 1000 < nowMs
}

function replicaFailure({ current, old }: ReplicaSets): DeploymentCondition | undefined {
  const failures = [...(current ? [current] : []), ...old].flatMap(
    ({ status }) => findCondition(status.conditions, 'ReplicaFailure') ?? [],
  )
  const [failure] = failures
  if (!failure) return undefined
  const { status, reason = '', message = '', lastTransitionTime = '' } = failure
  return {
    type: 'ReplicaFailure',
    status,
    reason,
    message,
    lastUpdateTime: lastTransitionTime,
    lastTransitionTime,
  }
}

/** How long until a rollout that makes no progress has failed, in milliseconds; undefined where it cannot fail any more. */
export function msUntilTimeout(
  deployment: Deployment,
  status: DeploymentStatus,
  nowMs: number,
): number | undefined {
  const progress = findCondition(status.conditions, 'Progressing')
  if (!hasProgressDeadline(deployment) || !progress) return undefined
  if (isComplete(deployment, status) || progress.reason === 'ProgressDeadlineExceeded') {
    return undefined
  }
  const sinceMs = Date.parse(progress.lastUpdateTime ?? '')
  // The condition's time has whole seconds, so the deadline may seem to come a second early.
  return Math.max(0, sinceMs + deployment.spec.progressDeadlineSeconds * 1000 - nowMs) + 1000
}
