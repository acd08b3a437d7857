import { Namespace } from '../../api/core/v1/namespace.ts'
import { isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import { timestamp } from '../../base/clock.ts'
import type { Catalog } from '../../client/catalog.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import {
  controller,
  requeueAfter,
  type Controller,
  type ControllerContext,
  type ObjectKey,
  type Pass,
} from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { followCatalog } from '../common/follow-catalog.ts'
import { deleteContent } from './delete-content.ts'
import { deletionConditions, type ContentReport } from './deletion-conditions.ts'

export interface NamespaceControllerOptions {
  /** The types that the server has; custom resources are found by their definitions. */
  readonly builtIn: readonly ResourceClass[]
}

const FINALIZER = 'kubernetes'

/** Empties a namespace that is being deleted, tells how that goes, and lets it go when nothing is left. */
export function namespaceController({ builtIn }: NamespaceControllerOptions): Controller {
  let catalog: (Catalog & Disposable) | undefined

  return controller<Namespace>('namespace-controller', {
    for: Namespace,
    concurrency: 10,
    sources(context, add) {
      catalog = followCatalog(builtIn, context.informers, contentOf(context, add))
      return catalog
    },

    async reconcile(namespace, pass) {
      const { metadata, spec } = namespace
      if (metadata.deletionTimestamp === undefined) return
      if (!spec.finalizers?.includes(FINALIZER)) return
      const report = await deleteContent(metadata.name, catalog?.list() ?? [], pass)
      const told = await tell(namespace, report, pass)
      const [failure] = report.failures
      if (failure) throw failure
      if (report.remaining.length === 0) return finalize(told, pass)
      // Deletions are followed, but for types that cannot be watched.
      return requeueAfter((report.estimateSeconds / 2 + 1) * 1000)
    },
  })
}

/** Adds a namespace that is being deleted, whenever something of it is gone. */
function contentOf(
  { cache }: ControllerContext,
  add: (key: ObjectKey) => void,
): Parameters<typeof followCatalog>[2] {
  const onDelete = ({ metadata }: AnyObject): void => {
    const name = metadata.namespace ?? ''
    const namespace = cache.get(Namespace, { name })
    if (namespace?.metadata.deletionTimestamp !== undefined) add({ name })
  }
  // Events are many, and never keep a namespace waiting.
  return ({ resource }) =>
    resource.namespaced && resource.kind !== 'Event' ? { delete: onDelete } : undefined
}

async function tell(
  namespace: Namespace,
  report: ContentReport,
  { client, clock }: Pass,
): Promise<Namespace> {
  const { status } = namespace
  const conditions = deletionConditions(status.conditions, report, timestamp(clock))
  if (conditions === status.conditions) return namespace
  return client.updateStatus(Namespace, { ...namespace, status: { ...status, conditions } })
}

async function finalize(namespace: Namespace, { client }: Pass): Promise<void> {
  const { metadata, spec } = namespace
  const finalizers = (spec.finalizers ?? []).filter((each) => each !== FINALIZER)
  const body = { ...namespace, spec: { ...spec, finalizers } }
  try {
    await client.updateSubresource(Namespace, metadata, 'finalize', body)
    // Servers differ in whether the last finalizer takes the namespace with it.
    const { uid } = metadata
    if (finalizers.length === 0)
      await client.delete(Namespace, metadata, { preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
