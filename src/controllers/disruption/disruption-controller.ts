import { Deployment } from '../../api/apps/v1/deployment.ts'
import { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import { isPodReady } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { ReplicationController } from '../../api/core/v1/replication-controller.ts'
import { PodDisruptionBudget } from '../../api/policy/v1/pod-disruption-budget.ts'
import { equal } from '../../apimachinery/equality.ts'
import { matches, selectorFrom } from '../../apimachinery/labels.ts'
import { timestamp } from '../../base/clock.ts'
import { createCatalog, type Catalog } from '../../client/catalog.ts'
import {
  controller,
  requeueAfter,
  watch,
  type Controller,
  type ObjectKey,
  type PassCache,
} from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { podsSelected } from '../common/pod-indexes.ts'
import { budgetStatus, msUntilSpared, sparedPods } from './budget-plan.ts'
import { expectedScale } from './expected-scale.ts'

export interface DisruptionOptions {
  /** The types that the server has: others may be scalable too. */
  readonly builtIn: readonly ResourceClass[]
}

/** Tells for each PodDisruptionBudget how many of its Pods may be evicted now. */
export function disruptionController({ builtIn }: DisruptionOptions): Controller {
  let catalog: Catalog | undefined

  return controller<PodDisruptionBudget>('disruption-controller', {
    eventSource: 'controllermanager',
    for: PodDisruptionBudget,
    changed: (after, before) =>
      after.metadata.generation !== before.metadata.generation ||
      !equal(after.status, before.status),
    watches: [
      watch(Pod, budgetsOf, isRelevant),
      watch(Deployment, inNamespace, sizeChanged),
      watch(ReplicaSet, inNamespace, sizeChanged),
      watch(StatefulSet, inNamespace, sizeChanged),
      watch(ReplicationController, inNamespace, sizeChanged),
    ],
    sources(context) {
      const followed = createCatalog(builtIn, context.informers)
      catalog = followed
      return followed
    },

    async reconcile(budget, pass) {
      const { metadata, spec } = budget
      const { namespace } = metadata
      const pods = podsSelected(namespace, selectorFrom(spec.selector), pass.cache)
      if (pods.length === 0) pass.events.normal(budget, 'NoPods', 'No matching pods found')
      const facts = {
        pods,
        scale: await expectedScale(pods, pass, catalog),
        nowMs: pass.clock.now(),
        now: timestamp(pass.clock),
      }
      for (const pod of sparedPods(budget, facts)) {
        const message = `Pod was expected by PDB ${namespace}/${metadata.name} to be deleted but it wasn't`
        pass.events.warning(pod, 'NotDeleted', message)
      }
      const status = budgetStatus(budget, facts)
      if (!equal(status, budget.status)) {
        await pass.client.updateStatus(PodDisruptionBudget, { ...budget, status })
      }
      return requeueAfter(msUntilSpared(status, facts.nowMs))
    },
  })
}

function budgetsOf({ metadata }: Pod, cache: PassCache): readonly ObjectKey[] {
  return cache
    .list(PodDisruptionBudget, { namespace: metadata.namespace })
    .filter(({ spec }) => matches(selectorFrom(spec.selector), metadata.labels))
    .map((budget) => budget.metadata)
}

function isRelevant(after: Pod, before: Pod): boolean {
  return (
    isPodReady(after) !== isPodReady(before) ||
    after.metadata.deletionTimestamp !== before.metadata.deletionTimestamp ||
    !equal(after.metadata.labels, before.metadata.labels) ||
    !equal(after.metadata.ownerReferences, before.metadata.ownerReferences)
  )
}

function inNamespace(
  { metadata }: { readonly metadata: { readonly namespace: string } },
  cache: PassCache,
): readonly ObjectKey[] {
  const { namespace } = metadata
  return cache.list(PodDisruptionBudget, { namespace }).map((budget) => budget.metadata)
}

interface Sized {
  readonly spec: { readonly replicas: number }
}

function sizeChanged(after: Sized, before: Sized): boolean {
  return after.spec.replicas !== before.spec.replicas
}
