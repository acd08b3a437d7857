import type {
  ServerStorageVersion,
  StorageVersion,
} from '../../api/apiserverinternal/v1alpha1/storage-version.ts'
import { Lease } from '../../api/coordination/v1/lease.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import { timestamp } from '../../base/clock.ts'
import {
  controller,
  indexBy,
  watch,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { withoutServers } from './storage-version-status.ts'

const NAMESPACE = 'kube-system'
const COMPONENT_LABEL = 'apiserver.kubernetes.io/identity'

/** Takes what API servers said of their storage versions back when those are gone, by their leases (KEP-2339). */
export function storageVersionGarbageCollector(type: ResourceClass<StorageVersion>): Controller {
  const versionsByServer = indexBy(type, 'server', ({ status }) =>
    (status.storageVersions ?? []).map(({ apiServerID }) => apiServerID),
  )

  return controller<StorageVersion>('storageversion-garbage-collector-controller', {
    queueName: 'storage_version_garbage_collector_storageversions',
    for: type,
    watches: [
      watch(
        Lease,
        ({ metadata }, cache) =>
          metadata.namespace === NAMESPACE
            ? cache.find(versionsByServer, metadata.name).map((each) => each.metadata)
            : [],
        () => false,
      ),
    ],

    async reconcile(version, pass) {
      const { client, clock } = pass
      const servers = version.status.storageVersions ?? []
      const alive = await Promise.all(servers.map((each) => isAlive(each, pass)))
      if (alive.every(Boolean)) return
      const left = servers.filter((_, i) => alive[i])
      const { uid } = version.metadata
      if (left.length === 0) {
        await client.delete(type, version.metadata, { preconditions: { uid } })
        return
      }
      const status = withoutServers(version.status, left, timestamp(clock))
      await client.updateStatus(type, { ...version, status })
    },
  })
}

/** Whether a server has its lease. What the cache does not show is asked for: it may be new. */
async function isAlive(
  { apiServerID: name }: ServerStorageVersion,
  { cache, client }: Pass,
): Promise<boolean> {
  const key = { namespace: NAMESPACE, name }
  try {
    const lease = cache.get(Lease, key) ?? (await client.get(Lease, key))
    return lease.metadata.labels?.[COMPONENT_LABEL] === 'kube-apiserver'
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}
