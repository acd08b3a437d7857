import { Deployment } from '../../api/apps/v1/deployment.ts'
import { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { equal } from '../../apimachinery/equality.ts'
import { isControlledBy } from '../../apimachinery/owner-references.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import { timestamp } from '../../base/clock.ts'
import type { Pass } from '../../controller-runtime/index.ts'
import { findCondition } from '../../api/meta/v1/conditions.ts'
import { isNamespaceTerminating } from '../common/pod-control.ts'
import {
  condition,
  hasProgressDeadline,
  withCondition,
  type DeploymentCondition,
  type DeploymentStatus,
} from './deployment-status.ts'
import { newReplicaSet } from './new-replica-set.ts'
import { sameTemplate, type ReplicaSets } from './replica-sets.ts'
import { newReplicaSetAnnotations, nextRevision, REVISION } from './revisions.ts'

/** A Deployment and its ReplicaSets, as last written. */
export interface Rollout {
  readonly deployment: Deployment
  readonly sets: ReplicaSets
}

/** Brings the annotations of the present ReplicaSet up to date, and the revision that the Deployment tells. */
export async function syncRevision(rollout: Rollout, pass: Pass): Promise<Rollout> {
  const { deployment, sets } = rollout
  const { current } = sets
  if (!current) return rollout
  const before = current.metadata.annotations
  const annotations = newReplicaSetAnnotations(deployment, before ?? {}, nextRevision(sets.old))
  const { minReadySeconds } = deployment.spec
  if (!equal(annotations, before ?? {}) || minReadySeconds !== current.spec.minReadySeconds) {
    const { minReadySeconds: _, ...spec } = current.spec
    const updated = await pass.client.update(ReplicaSet, {
      ...current,
      metadata: { ...current.metadata, annotations },
      spec: { ...spec, ...(minReadySeconds !== undefined && { minReadySeconds }) },
    })
    return { deployment, sets: { ...sets, current: updated } }
  }
  const { name } = current.metadata
  const found =
    hasProgressDeadline(deployment) && !findCondition(deployment.status.conditions, 'Progressing')
      ? progressing('FoundNewReplicaSet', `Found new replica set "${name}"`, pass)
      : undefined
  return { deployment: await tellRevision(deployment, current, found, pass), sets }
}

/** Creates the ReplicaSet for the present template. */
export async function createCurrent(
  rollout: Rollout & { readonly sets: { readonly current: undefined } },
  pass: Pass,
): Promise<Rollout> {
  const { deployment, sets } = rollout
  const object = newReplicaSet(deployment, sets)
  let current: ReplicaSet
  try {
    current = await pass.client.create(ReplicaSet, object)
  } catch (error) {
    const { name = '' } = object.metadata ?? {}
    if (isAlreadyExists(error)) {
      return {
        deployment,
        sets: { ...sets, current: await existing(deployment, name, error, pass) },
      }
    }
    // Nothing can be made any more, and nothing needs to be.
    if (isNamespaceTerminating(error)) return rollout
    await tellFailure(deployment, name, error as Error, pass)
    throw error
  }
  const { name } = current.metadata
  if (current.spec.replicas > 0) {
    const message = `Scaled up replica set ${name} from 0 to ${current.spec.replicas}`
    pass.events.normal(deployment, 'ScalingReplicaSet', message)
  }
  const created = hasProgressDeadline(deployment)
    ? progressing('NewReplicaSetCreated', `Created new replica set "${name}"`, pass)
    : undefined
  return {
    deployment: await tellRevision(deployment, current, created, pass),
    sets: { ...sets, current },
  }
}

/** What has the name already: the one that the cache did not show yet, or one of another template by a collision. */
async function existing(
  deployment: Deployment,
  name: string,
  error: unknown,
  pass: Pass,
): Promise<ReplicaSet> {
  const { namespace } = deployment.metadata
  const found = await pass.client.get(ReplicaSet, { namespace, name })
  if (
    isControlledBy(found, deployment) &&
    sameTemplate(found.spec.template, deployment.spec.template)
  ) {
    return found
  }
  const collisionCount = (deployment.status.collisionCount ?? 0) + 1
  await updateStatus(deployment, { ...deployment.status, collisionCount }, pass)
  throw error
}

async function tellRevision(
  deployment: Deployment,
  { metadata }: ReplicaSet,
  added: DeploymentCondition | undefined,
  pass: Pass,
): Promise<Deployment> {
  const revision = metadata.annotations?.[REVISION] ?? ''
  const isTold = deployment.metadata.annotations?.[REVISION] === revision
  if (isTold && !added) return deployment
  const annotations = { ...deployment.metadata.annotations, [REVISION]: revision }
  const told = { ...deployment, metadata: { ...deployment.metadata, annotations } }
  return updateStatus(told, added ? withCondition(told.status, added) : told.status, pass)
}

async function tellFailure(
  deployment: Deployment,
  name: string,
  error: Error,
  pass: Pass,
): Promise<void> {
  const message = `Failed to create new replica set "${name}": ${error.message}`
  pass.events.warning(deployment, 'ReplicaSetCreateError', message)
  if (!hasProgressDeadline(deployment)) return
  const now = timestamp(pass.clock)
  const failed = condition('Progressing', 'False', 'ReplicaSetCreateError', message, now)
  await updateStatus(deployment, withCondition(deployment.status, failed), pass)
}

function progressing(reason: string, message: string, pass: Pass): DeploymentCondition {
  return condition('Progressing', 'True', reason, message, timestamp(pass.clock))
}

/** Writes the status, and the annotations, which may be written with it. */
export function updateStatus(
  deployment: Deployment,
  status: DeploymentStatus,
  pass: Pass,
): Promise<Deployment> {
  return pass.client.updateStatus(Deployment, { ...deployment, status })
}
