import type { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import type { VolumeAttachment } from '../../api/storage/v1/volume-attachment.ts'
import type { CsiHandle } from '../../api/storage/v1/csi-attachment.ts'

/** A volume of a CSI driver, by what the API needs of it. */
export interface CsiVolume extends CsiHandle {
  /** The PersistentVolume's. */
  readonly name: string
  /** Whether several nodes may have it at a time. */
  readonly isShared: boolean
}

/** What a PersistentVolume is to its CSI driver; undefined where it has none. */
export function csiVolume({ metadata, spec }: PersistentVolume): CsiVolume | undefined {
  const { csi, accessModes = [] } = spec
  if (!csi) return undefined
  return {
    name: metadata.name,
    driver: csi.driver,
    handle: csi.volumeHandle,
    // Volumes that tell no mode are left to those who made them.
    isShared: accessModes.length === 0 || accessModes.some((mode) => SHARED.has(mode)),
  }
}

const SHARED: ReadonlySet<string> = new Set(['ReadWriteMany', 'ReadOnlyMany'])

/** Whether an attachment has a name that `attachmentName()` gives: others are not ours to delete. */
export function isOurs({ metadata }: VolumeAttachment): boolean {
  return /^csi-[0-9a-f]{64}$/.test(metadata.name)
}
