import type { Pod } from '../../api/core/v1/pod.ts'
import { isPodReady, withCondition } from '../../api/core/v1/pod-conditions.ts'
import { Eviction } from '../../api/policy/v1/eviction.ts'
import type { PodDisruptionBudget } from '../../api/policy/v1/pod-disruption-budget.ts'
import { timestamp } from '../../base/clock.ts'
import { matches, selectorFrom } from '../../apimachinery/labels.ts'
import { badRequest, forbidden, generic, tooManyRequests } from '../../apimachinery/status-error.ts'
import { failure, success } from '../../apimachinery/status.ts'
import type { Call } from '../pipeline/call.ts'
import type { VerbHandler } from '../pipeline/dispatch.ts'
import type { PipelineEnvironment } from '../pipeline/environment.ts'
import { readMessage } from '../pipeline/read-body.ts'
import { admitValue, contextAfterAdmission } from '../pipeline/value-subresource.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { checkDeleteOptions, type DeleteOptions } from '../registry/delete-options.ts'
import { deleteObject } from '../registry/delete.ts'
import { getObject } from '../registry/get.ts'
import { listObjects } from '../registry/list.ts'
import { selectionOf } from '../registry/selection.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import { updateObject } from '../registry/update.ts'
import type { WriteContext } from '../registry/write-context.ts'

const KIND = { group: 'policy', version: 'v1', kind: 'Eviction' }
const DISRUPTED_PODS_MAX = 2000

/** `pods/eviction`: deletes a Pod where its disruption budget allows. */
const create: VerbHandler = async (kind, call, env) => {
  const eviction = await admitValue(kind, call, env, readMessage(Eviction, KIND, call))
  const { name = '', namespace = '', options = {} } = call.request
  const own = eviction.metadata as ApiObject['metadata']
  if (own.name && own.name !== name) {
    throw badRequest('name in URL does not match name in Eviction object')
  }
  const deleteOptions: DeleteOptions = { ...eviction.deleteOptions }
  checkDeleteOptions(deleteOptions)
  const dryRun = [...(options.dryRun ?? []), ...(deleteOptions.dryRun ?? [])]
  const { object } = await getObject(kind.resource, namespace, name)
  const pod = object as unknown as Pod
  if (!isPastDisruption(pod)) await useBudget(call, env, pod, dryRun.length > 0)
  const context = contextAfterAdmission(kind, call, env, dryRun)
  const isDry = dryRun.length > 0
  const marked = isDry ? deleteOptions : await markEvicted(kind, name, deleteOptions, context, env)
  await deleteObject(kind.resource, name, marked, context)
  return { type: 'status', code: 201, status: success(undefined, 201) }
}

export const evictionVerbs = { create }

/**
 * Tells in the Pod's status why it is about to be deleted (KEP-3329). Answers with what to delete it with: the version
 * that somebody asked for is not the newest any more.
 */
async function markEvicted(
  kind: ServedKind,
  name: string,
  options: DeleteOptions,
  context: WriteContext,
  env: PipelineEnvironment,
): Promise<DeleteOptions> {
  const { preconditions } = options
  const { object: stored } = await updateObject(
    kind.resource,
    {
      name,
      strategy: { prepareForUpdate: (pod) => pod, validateUpdate: () => [] },
      change: (current) => disrupted(current!, timestamp(env.clock)),
      unconditional: true,
      preconditions,
    },
    context,
  )
  if (preconditions?.resourceVersion === undefined) return options
  const { resourceVersion = '' } = stored.object.metadata
  return { ...options, preconditions: { ...preconditions, resourceVersion } }
}

function disrupted(current: ApiObject, now: string): ApiObject {
  const { metadata, status } = current as unknown as Pod
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: now,
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
  }
  const conditions = withCondition(status.conditions, condition)
  return { ...current, status: { ...status, conditions } }
}

// What does not run, or will not much longer, is nothing that a budget protects.
function isPastDisruption({ metadata, status }: Pod): boolean {
  const { phase } = status
  return (
    metadata.deletionTimestamp !== undefined ||
    phase === 'Succeeded' ||
    phase === 'Failed' ||
    phase === 'Pending'
  )
}

async function useBudget(
  call: Call,
  env: PipelineEnvironment,
  pod: Pod,
  dryRun: boolean,
): Promise<void> {
  const kind = env.registry.find('policy', 'v1', 'poddisruptionbudgets')
  if (!kind) return
  const [budget, ...others] = await budgetsOf(kind, pod)
  if (!budget) return
  if (others.length > 0) {
    throw tooManyBudgets()
  }
  if (!isPodReady(pod) && mayGoUnready(budget)) return
  await updateObject(
    kind.resource,
    {
      name: budget.metadata.name,
      strategy: { prepareForUpdate: (object) => object, validateUpdate: () => [] },
      change: (current) => used(current!, pod, timestamp(env.clock)),
      unconditional: true,
    },
    contextAfterAdmission(kind, call, env, dryRun ? ['All'] : []),
  )
}

async function budgetsOf(kind: ServedKind, pod: Pod): Promise<readonly PodDisruptionBudget[]> {
  const { namespace, labels } = pod.metadata
  const { items } = await listObjects(kind.resource, selectionOf(kind.resource, { namespace }), {})
  const budgets = items.map(({ object }) => object as unknown as PodDisruptionBudget)
  return budgets.filter(({ spec }) => matches(selectorFrom(spec.selector), labels))
}

function tooManyBudgets(): Error {
  const message =
    'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
  const { reason: _, ...status } = failure('InternalError', message)
  return generic(status)
}

// A Pod that is not ready adds nothing to what the budget counts (KEP-3017).
function mayGoUnready({ spec, status }: PodDisruptionBudget): boolean {
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { currentHealthy, desiredHealthy } = status
  return currentHealthy >= desiredHealthy && desiredHealthy > 0
}

function used(current: ApiObject, pod: Pod, now: string): ApiObject {
  const budget = current as unknown as PodDisruptionBudget
  const { name, generation = 0 } = budget.metadata
  const { observedGeneration = 0, disruptionsAllowed, disruptedPods = {} } = budget.status
  const resource = { group: 'policy', resource: 'poddisruptionbudgets' }
  if (observedGeneration < generation) {
    throw refusal(`The disruption budget ${name} is still being processed by the server.`, 10)
  }
  if (disruptionsAllowed < 0) throw forbidden(resource, name, 'pdb disruptions allowed is negative')
  if (Object.keys(disruptedPods).length > DISRUPTED_PODS_MAX) {
    const text = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'
    throw forbidden(resource, name, text)
  }
  if (disruptionsAllowed === 0) {
    const { desiredHealthy, currentHealthy } = budget.status
    throw refusal(
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    )
  }
  const status = {
    ...budget.status,
    disruptionsAllowed: disruptionsAllowed - 1,
    disruptedPods: { ...disruptedPods, [pod.metadata.name]: now },
  }
  return { ...current, status }
}

function refusal(message: string, retryAfterSeconds = 0): Error {
  const { status } = tooManyRequests(
    "Cannot evict pod as it would violate the pod's disruption budget.",
    retryAfterSeconds,
  )
  const causes = [{ reason: 'DisruptionBudget', message }]
  return generic(failure('TooManyRequests', status.message!, { ...status.details, causes }))
}
