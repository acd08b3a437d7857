import { Namespace } from '../api/core/v1/namespace.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import type { NamespaceLabels } from './plugins/inter-pod-affinity/inter-pod-affinity.ts'

/** The labels of namespaces, for terms that select by them. */
export function namespaceLabels(informers: SharedInformers): NamespaceLabels {
  const namespaces = informers.informer(Namespace)
  let version = 0
  const count = (): void => {
    version += 1
  }
  namespaces.subscribe({ add: count, update: count, delete: count })
  return {
    labelsOf: (name) => namespaces.cache.get({ name })?.metadata.labels,
    version: () => version,
  }
}
