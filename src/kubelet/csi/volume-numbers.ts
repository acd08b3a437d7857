import type { VolumeUsage } from '../volumes/pod-volumes.ts'
import type { CsiDriver } from './csi-driver.ts'
import { CSI_NODE } from './node-methods.ts'

export type VolumeNumbers = Omit<VolumeUsage, 'name' | 'pvcRef'>

/** How full a volume is; undefined where its driver does not tell. */
export async function volumeNumbers(
  driver: CsiDriver,
  volumeId: string,
  volumePath: string,
): Promise<VolumeNumbers | undefined> {
  if (!driver.can('GET_VOLUME_STATS')) return undefined
  const { usage } = await driver.call(CSI_NODE.getVolumeStats, { volumeId, volumePath })
  const of = (unit: 'BYTES' | 'INODES') => usage.find((each) => each.unit === unit)
  const [bytes, inodes] = [of('BYTES'), of('INODES')]
  return {
    capacityBytes: bytes?.total ?? 0,
    availableBytes: bytes?.available ?? 0,
    usedBytes: bytes?.used ?? 0,
    inodes: inodes?.total ?? 0,
    inodesFree: inodes?.available ?? 0,
    inodesUsed: inodes?.used ?? 0,
  }
}
