import { DeviceClass } from '../api/resource/v1/device-class.ts'
import type { Logger } from '../base/logger.ts'
import type { Client } from '../client/client.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import { grant, user } from './grants.ts'

const ROLE = 'trierarch:extended-resource-claims'
const RULES = [
  { apiGroups: ['resource.k8s.io'], resources: ['resourceclaims'], verbs: ['create', 'delete'] },
]

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
    grant(client, ROLE, RULES, user('system:kube-scheduler')).catch((error: unknown) => {
      isGranted = false
      logger.warn('Cannot let the scheduler make claims', { error })
    })
  }
  return informers.informer(DeviceClass).subscribe({ add })
}
