import type {
  ServerStorageVersion,
  StorageVersionStatus,
} from '../../api/apiserverinternal/v1alpha1/storage-version.ts'
import { putCondition } from '../../api/meta/v1/conditions.ts'

/** The status with these servers alone, and what they agree on. */
export function withoutServers(
  before: StorageVersionStatus,
  servers: readonly ServerStorageVersion[],
  now: string,
): StorageVersionStatus {
  const { commonEncodingVersion: _, conditions, ...status } = before
  const [common, ...others] = new Set(servers.map(({ encodingVersion }) => encodingVersion))
  const isCommon = common !== undefined && others.length === 0
  const condition = {
    type: 'AllEncodingVersionsEqual',
    status: isCommon ? 'True' : 'False',
    reason: isCommon ? 'CommonEncodingVersionSet' : 'CommonEncodingVersionUnset',
    message: isCommon ? 'Common encoding version set' : 'Common encoding version unset',
    lastTransitionTime: now,
  }
  return {
    ...status,
    storageVersions: servers,
    ...(isCommon && { commonEncodingVersion: common }),
    conditions: putCondition(conditions, condition),
  }
}
