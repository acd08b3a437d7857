import {
  PersistentVolumeClaim,
  type PersistentVolumeClaimStatus,
} from '../../api/core/v1/persistent-volume-claim.ts'
import type { Client } from '../../client/client.ts'
import { quantityValue } from '../../schema/quantity.ts'
import type { ClaimedVolume } from '../volumes/claimed-volume.ts'
import { stepFailed } from '../volumes/volume-failure.ts'
import { capabilityOf } from './csi-volume.ts'
import { needsStaging, type Mounting } from './node-calls.node.ts'
import { CSI_NODE } from './node-methods.ts'
import { secretsOf } from './volume-context.ts'

const RESIZING = new Set<string>([
  'Resizing',
  'FileSystemResizePending',
  'ControllerResizeError',
  'NodeResizeError',
])

/**
 * Lets the file system of a volume grow where the volume has, and says so in the claim's status. Throws upstream's
 * words. See https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
export async function expandVolume(
  mounting: Mounting,
  { claim, volume: { spec } }: ClaimedVolume,
  client: Client,
): Promise<void> {
  const { volume, driver, targetPath, stagingTargetPath } = mounting
  const capacity = spec.capacity?.['storage'] ?? '0'
  const isLarger = quantityValue(capacity) > quantityValue(claim.status.capacity?.['storage'])
  if (!isLarger || volume.readOnly || !driver.can('EXPAND_VOLUME')) return
  try {
    await driver.call(CSI_NODE.expand, {
      volumeId: volume.handle,
      volumePath: targetPath,
      capacityRange: { requiredBytes: quantityValue(capacity) },
      ...(needsStaging(mounting) && { stagingTargetPath }),
      volumeCapability: capabilityOf(volume, driver),
      secrets: await secretsOf(volume.expandSecret, client),
    })
    const patch = { status: expandedStatus(claim.status, capacity) }
    await client.patch(PersistentVolumeClaim, claim.metadata, 'merge', patch, {
      subresource: 'status',
    })
  } catch (error) {
    throw stepFailed('MountVolume.NodeExpandVolume', volume.name, error)
  }
}

/** As a merge patch: what is `null` goes. */
function expandedStatus(
  { conditions = [], capacity, allocatedResourceStatuses }: PersistentVolumeClaimStatus,
  storage: string,
): object {
  return {
    capacity: { ...capacity, storage },
    conditions: conditions.filter(({ type }) => !RESIZING.has(type)),
    ...(allocatedResourceStatuses && { allocatedResourceStatuses: { storage: null } }),
  }
}
