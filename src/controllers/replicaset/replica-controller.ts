import { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { isPodActive } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { ReplicationController } from '../../api/core/v1/replication-controller.ts'
import { equal } from '../../apimachinery/equality.ts'
import { selectorFrom, selectorFromLabels, type Selector } from '../../apimachinery/labels.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { timestamp } from '../../base/clock.ts'
import {
  controller,
  requeueAfter,
  watch,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { adopters, claim } from '../common/claim.ts'
import { createPods, deletePods } from '../common/pod-control.ts'
import { observeDeletionAges } from './deletion-age-metric.ts'
import { countPods, knownCounts } from './pod-counts.ts'
import {
  msUntilAvailable,
  planReplicas,
  replicaStatus,
  type ReplicaOwner,
  type ReplicaPlan,
} from './replicas-plan.ts'

/** Keeps as many Pods alive as each ReplicaSet asks for. */
export const replicaSetController: Controller = replicaController('replicaset-controller', {
  type: ReplicaSet,
  selectorOf: ({ spec }) => selectorFrom(spec.selector),
})

/** Keeps as many Pods alive as each ReplicationController asks for. */
export const replicationController: Controller = replicaController(
  'replicationcontroller-controller',
  {
    type: ReplicationController,
    eventSource: 'replication-controller',
    queueName: 'replicationmanager',
    selectorOf: ({ spec }) => selectorFromLabels(spec.selector),
  },
)

interface ReplicaKind<T> {
  readonly type: ResourceClass<T>
  readonly selectorOf: (owner: T) => Selector
  readonly eventSource?: string
  readonly queueName?: string
}

function replicaController<T extends ReplicaOwner>(
  name: string,
  { type, selectorOf, ...names }: ReplicaKind<T>,
): Controller {
  return controller<T>(name, {
    for: type,
    owns: [Pod],
    watches: [
      watch(Pod, (pod, cache) =>
        adopters(pod, () => cache.list(type, { namespace: pod.metadata.namespace }), selectorOf),
      ),
    ],
    ...names,

    async reconcile(owner, pass) {
      const selector = selectorOf(owner)
      const known = knownCounts(owner, selector, pass.cache)
      const owned = known ? [] : await claim(pass, [type, owner], Pod, selector)
      const active = owned.filter(isPodActive)
      const nowMs = pass.clock.now()
      const counts = known ?? countPods(owner, owned, active, nowMs)
      const related = (): readonly Pod[] => relatedPods(type, owner, pass) ?? active
      const plan = planReplicas(owner, counts.active, active, { nowMs, related })
      observeDeletionAges(active, plan.remove, pass)
      const failure = await carryOut(plan, owner, pass)

      // Status first, then the failure: a user who watches must see why Pods are missing.
      const failed = plan.remove.length > 0 ? 'delete' : 'create'
      const outcome = { failure, failed, timestamp: timestamp(pass.clock) } as const
      const status = replicaStatus(owner, counts, outcome)
      if (!equal(status, owner.status)) await pass.client.updateStatus(type, { ...owner, status })
      if (failure) throw failure

      // A ready Pod turns available by waiting alone, so no event would wake us for it.
      return requeueAfter(msUntilAvailable(owner, active, nowMs))
    },
  })
}

async function carryOut(
  { create, remove }: ReplicaPlan,
  owner: ReplicaOwner,
  pass: Pass,
): Promise<Error | undefined> {
  if (remove.length > 0) return deletePods(pass, owner, remove)
  const { template } = owner.spec
  if (create === 0 || !template) return undefined
  try {
    await createPods(pass, owner, create, template)
    return undefined
  } catch (error) {
    return error as Error
  }
}

/** The Pods of all ReplicaSets of the same Deployment: what a node loses counts for all of them. */
function relatedPods<T extends ReplicaOwner>(
  type: ResourceClass<T>,
  owner: T,
  { cache }: Pass,
): readonly Pod[] | undefined {
  const above = controllerOf(owner)
  if (!above) return undefined
  return cache
    .controlledBy(type, { metadata: { uid: above.uid } })
    .flatMap((sibling) => cache.controlledBy(Pod, sibling))
    .filter(isPodActive)
}
