import { Namespace } from '../../api/core/v1/namespace.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import { controller, watch, type Controller } from '../../controller-runtime/index.ts'
import { isNamespaceTerminating } from '../common/pod-control.ts'

const DEFAULT = 'default'

/** Sees to it that each namespace has the service account `default`. */
export const serviceAccountController: Controller = controller('serviceaccount-controller', {
  for: Namespace,
  watches: [
    watch(ServiceAccount, ({ metadata }) =>
      metadata.name === DEFAULT ? [{ name: metadata.namespace }] : [],
    ),
  ],
  concurrency: 1,

  async reconcile({ metadata, status }, { cache, client }) {
    const key = { namespace: metadata.name, name: DEFAULT }
    if (status.phase !== 'Active' || metadata.deletionTimestamp !== undefined) return
    if (cache.get(ServiceAccount, key)) return
    try {
      await client.create(ServiceAccount, { metadata: key })
    } catch (error) {
      if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
    }
  },
})
