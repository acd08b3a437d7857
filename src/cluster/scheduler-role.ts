import { ClusterRoleBinding } from '../api/rbac/v1/cluster-role-binding.ts'
import { ClusterRole } from '../api/rbac/v1/cluster-role.ts'
import { DeviceClass } from '../api/resource/v1/device-class.ts'
import type { Logger } from '../base/logger.ts'
import type { Client } from '../client/client.ts'
import type { SharedInformers } from '../client/shared-informers.ts'

const ROLE = 'trierarch:extended-resource-claims'
const apiGroup = 'rbac.authorization.k8s.io'
const apiVersion = 'rbac.authorization.k8s.io/v1'
const BY_US = { fieldManager: 'trierarch', force: true }

export interface SchedulerRoleOptions {
  readonly client: Client
  readonly informers: SharedInformers
  readonly logger: Logger
}

/**
 * Lets the scheduler make claims of devices for extended resources (KEP-5004), which its default role does not, from the
 * first DeviceClass on.
 */
export function grantExtendedClaims({
  client,
  informers,
  logger,
}: SchedulerRoleOptions): Disposable {
  let isGranted = false
  const add = (): void => {
    if (isGranted) return
    isGranted = true
    ensureRole(client).catch((error: unknown) => {
      isGranted = false
      logger.warn('Cannot let the scheduler make claims', { error })
    })
  }
  return informers.informer(DeviceClass).subscribe({ add })
}

async function ensureRole(client: Client): Promise<void> {
  const metadata = { name: ROLE }
  const rules = [
    { apiGroups: ['resource.k8s.io'], resources: ['resourceclaims'], verbs: ['create', 'delete'] },
  ]
  const role = { apiVersion, kind: 'ClusterRole', metadata, rules }
  await client.patch(ClusterRole, metadata, 'apply', role, BY_US)
  const binding = {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup, kind: 'ClusterRole', name: ROLE },
    subjects: [{ kind: 'User', apiGroup, name: 'system:kube-scheduler' }],
  }
  await client.patch(ClusterRoleBinding, metadata, 'apply', binding, BY_US)
}
