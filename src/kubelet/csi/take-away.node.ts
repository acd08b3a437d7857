import { rm } from 'node:fs/promises'
import { uniqueName } from '../../api/storage/v1/csi-attachment.ts'
import { isMounted } from '../volumes/mounts.node.ts'
import { stepFailed } from '../volumes/volume-failure.ts'
import type { Attachments } from './attachments.ts'
import type { CsiDrivers } from './csi-drivers.ts'
import { handleOf, removeEmpty, type CsiPaths, type PublishedCsiVolume } from './csi-paths.node.ts'
import type { VolumeExpander } from './expand-volume.ts'
import { CSI_NODE } from './node-methods.ts'
import type { StagedVolumes } from './staged-volumes.node.ts'

interface TakeAwayOptions {
  readonly drivers: CsiDrivers
  readonly attachments: Attachments
  readonly paths: CsiPaths
  readonly staged: StagedVolumes
  readonly expander: VolumeExpander
}

/**
 * Takes a volume away from a Pod, and from the node where no other Pod has it. Rejects where its driver cannot, or has
 * not registered; then it is to be tried again.
 */
export async function takeAway(
  published: PublishedCsiVolume,
  options: TakeAwayOptions,
): Promise<void> {
  try {
    await unpublish(published, options)
    await giveBackUnused(published, options)
  } catch (error) {
    throw stepFailed('UnmountVolume.TearDown', published.record.specVolID, error)
  }
  // Last, since it leads to what is yet to be taken away.
  await rm(published.directory, { recursive: true, force: true })
}

async function unpublish(
  published: PublishedCsiVolume,
  { drivers, paths }: TakeAwayOptions,
): Promise<void> {
  const { volumeHandle: volumeId, driverName } = published.record
  const targetPath = paths.target(published)
  await drivers.get(driverName).call(CSI_NODE.unpublish, { volumeId, targetPath })
  if (await isMounted(targetPath)) throw new Error(`${targetPath} is still mounted`)
  // The driver may have left the directory, or the file that the device was mounted at, which are empty by now.
  if (published.isBlock) await rm(targetPath, { force: true })
  else await removeEmpty(targetPath)
}

async function giveBackUnused(
  { podUid, record, isBlock }: PublishedCsiVolume,
  { drivers, attachments, paths, staged, expander }: TakeAwayOptions,
): Promise<void> {
  const volume = handleOf(record)
  if (await paths.isUsed(volume, podUid)) return
  await staged.unstage(drivers.get(record.driverName), record, isBlock)
  expander.forget(volume)
  await attachments.release(uniqueName(volume))
}
