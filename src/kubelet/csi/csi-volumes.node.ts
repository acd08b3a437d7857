import { rm, rmdir } from 'node:fs/promises'
import type { Pod } from '../../api/core/v1/pod.ts'
import { uniqueName, type CsiHandle } from '../../api/storage/v1/csi-attachment.ts'
import { CSIDriver } from '../../api/storage/v1/csi-driver.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Client } from '../../client/client.ts'
import type { ClaimedVolume } from '../volumes/claimed-volume.ts'
import { isMounted } from '../volumes/mounts.node.ts'
import type { MountedVolume, VolumeUsage } from '../volumes/pod-volumes.ts'
import type { PodTokens } from '../volumes/service-account-token.ts'
import { Turns } from '../volumes/turns.ts'
import { stepFailed } from '../volumes/volume-failure.ts'
import type { Attachments } from './attachments.ts'
import type { CsiDrivers } from './csi-drivers.ts'
import {
  hasRecord,
  sameVolume,
  writeRecord,
  type CsiPaths,
  type CsiRecord,
  type PublishedCsiVolume,
} from './csi-paths.node.ts'
import type { CsiVolume } from './csi-volume.ts'
import { expandVolume } from './expand-volume.ts'
import { needsStaging, publishVolume, stageVolume, type Mounting } from './node-calls.node.ts'
import type { NodeGetVolumeStatsResponse } from './node-messages.ts'
import { CSI_NODE } from './node-methods.ts'

type VolumeNumbers = Omit<VolumeUsage, 'name' | 'pvcRef'>

interface CsiVolumesOptions {
  readonly client: Client
  readonly drivers: CsiDrivers
  readonly attachments: Attachments
  readonly paths: CsiPaths
  readonly tokens: PodTokens
  readonly nodeName: string
}

/** A volume as a Pod names it. */
export interface PodCsiVolume {
  readonly pod: Pod
  readonly volume: CsiVolume
  /** What stands behind it; undefined for one that stands in the Pod itself. */
  readonly claimed: ClaimedVolume | undefined
}

/**
 * Volumes of CSI drivers: attached, staged once for the node, published for each Pod, and all of it back. What is there
 * stands on the disk alone, so a later agent goes on with it.
 * See https://github.com/container-storage-interface/spec/blob/master/spec.md
 */
export class CsiVolumes {
  readonly #options: CsiVolumesOptions
  /** What this agent has seen staged. Staging again does no harm. */
  readonly #staged = new Set<string>()
  readonly #turns = new Turns()

  constructor(options: CsiVolumesOptions) {
    this.#options = options
  }

  /** Tells again which attached volumes an agent before this one left in use. */
  async restore(): Promise<void> {
    const { attachments, paths } = this.#options
    const attached = (await paths.ofAllPods()).filter(({ record }) => record.attachmentID !== '')
    await attachments.use(attached.map(({ record }) => uniqueName(handleOf(record))))
  }

  /** Brings a volume to a Pod. Throws upstream's words. */
  async setUp(asked: PodCsiVolume, signal: AbortSignal): Promise<MountedVolume> {
    const { attachments, paths } = this.#options
    const { pod, volume, claimed } = asked
    const about = await this.#about(volume)
    const published = this.#published(pod, volume, about)
    const targetPath = paths.target(published)
    const { readOnly } = volume
    const there: MountedVolume = volume.isBlock
      ? { hostPath: '', readOnly, devicePath: targetPath }
      : { hostPath: targetPath, readOnly }
    // An agent before this one did it.
    if (await isMounted(targetPath)) return there

    refuseOtherMode(volume, about)
    const mounting = await this.#mounting(asked, about, () => this.#attach(volume, signal))
    await this.#turns.take(uniqueName(volume), async () => {
      // What is gone from the Pod may be gone from the node too.
      if (await hasRecord(published.directory)) this.#staged.delete(uniqueName(volume))
      // From here on there is something to take away again.
      await writeRecord(published.directory, published.record)
      // Another Pod may have given it back meanwhile.
      if (published.record.attachmentID !== '') await attachments.use([uniqueName(volume)])
      await this.#stage(mounting)
      await publishVolume(mounting, this.#options)
      if (claimed) await expandVolume(mounting, claimed, this.#options.client)
    })
    return there
  }

  /** Lets a volume that a Pod has grow where it has become larger, and calls the driver again that wants that. */
  async refresh(asked: PodCsiVolume): Promise<void> {
    const { volume, claimed } = asked
    const about = await this.#about(volume)
    const context = () => this.#options.attachments.contextOf(volume)
    const mounting = await this.#mounting(asked, about, context)
    await this.#turns.take(uniqueName(volume), async () => {
      if (about?.requiresRepublish) await publishVolume(mounting, this.#options)
      if (claimed) await expandVolume(mounting, claimed, this.#options.client)
    })
  }

  /** How full a volume of a Pod is; undefined where its driver does not tell. */
  async usage({ pod, volume }: PodCsiVolume): Promise<VolumeNumbers | undefined> {
    const { drivers, paths } = this.#options
    const driver = drivers.get(volume.driver)
    if (volume.isBlock || !driver.can('GET_VOLUME_STATS')) return undefined
    const volumePath = paths.target(this.#published(pod, volume, undefined))
    const request = { volumeId: volume.handle, volumePath }
    return volumeNumbers(await driver.call(CSI_NODE.getVolumeStats, request))
  }

  /** Takes all CSI volumes of a Pod away. Rejects where a driver cannot, or has not registered; then it is to be tried again. */
  async tearDown(podUid: string): Promise<void> {
    for (const published of await this.#options.paths.ofPod(podUid))
      await this.#turns.take(uniqueName(handleOf(published.record)), async () => {
        try {
          await this.#unpublish(published)
          await this.#giveBackUnused(published)
        } catch (error) {
          throw stepFailed('UnmountVolume.TearDown', published.record.specVolID, error)
        }
        // Last, since it leads to what is yet to be taken away.
        await rm(published.directory, { recursive: true, force: true })
      })
  }

  async #mounting(
    { pod, volume }: PodCsiVolume,
    about: CSIDriver['spec'] | undefined,
    context: () => Promise<Mounting['publishContext']>,
  ): Promise<Mounting> {
    const { drivers, paths } = this.#options
    const published = this.#published(pod, volume, about)
    try {
      const driver = drivers.get(volume.driver)
      return {
        pod,
        volume,
        driver,
        about,
        publishContext: needsAttaching(volume, about) ? await context() : {},
        stagingTargetPath: paths.staging(published.record, volume.isBlock),
        targetPath: paths.target(published),
      }
    } catch (error) {
      throw stepFailed('MountVolume.MountDevice', volume.name, error)
    }
  }

  #published(
    { metadata: { uid: podUid } }: Pod,
    volume: CsiVolume,
    about: CSIDriver['spec'] | undefined,
  ): PublishedCsiVolume {
    const { paths, nodeName, attachments } = this.#options
    const { name, isBlock, isInline } = volume
    const record: CsiRecord = {
      specVolID: name,
      volumeHandle: volume.handle,
      driverName: volume.driver,
      nodeName,
      attachmentID: needsAttaching(volume, about) ? attachments.nameOf(volume) : '',
      volumeLifecycleMode: isInline ? 'Ephemeral' : 'Persistent',
    }
    return { podUid, record, isBlock, directory: paths.directory(podUid, name, isBlock) }
  }

  async #about({ driver: name }: CsiVolume): Promise<CSIDriver['spec'] | undefined> {
    try {
      return (await this.#options.client.get(CSIDriver, { name })).spec
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async #attach(volume: CsiVolume, signal: AbortSignal): Promise<Mounting['publishContext']> {
    try {
      return await this.#options.attachments.wait(volume, signal)
    } catch (error) {
      await this.#turns.take(uniqueName(volume), async () => {
        if (!(await this.#isUsed(volume)))
          await this.#options.attachments.release(uniqueName(volume))
      })
      throw error
    }
  }

  async #stage(mounting: Mounting): Promise<void> {
    const name = uniqueName(mounting.volume)
    if (!needsStaging(mounting) || this.#staged.has(name)) return
    await stageVolume(mounting, this.#options)
    this.#staged.add(name)
  }

  async #unpublish(published: PublishedCsiVolume): Promise<void> {
    const { volumeHandle: volumeId, driverName } = published.record
    const targetPath = this.#options.paths.target(published)
    const driver = this.#options.drivers.get(driverName)
    await driver.call(CSI_NODE.unpublish, { volumeId, targetPath })
    if (await isMounted(targetPath)) throw new Error(`${targetPath} is still mounted`)
    // The driver may have left the directory, or the file that the device was mounted at, which are empty by now.
    if (published.isBlock) await rm(targetPath, { force: true })
    else await removeEmpty(targetPath)
  }

  /** Gives back what the node has of a volume that no other Pod has. */
  async #giveBackUnused({ podUid, record, isBlock }: PublishedCsiVolume): Promise<void> {
    const { paths, drivers, attachments } = this.#options
    const volume = handleOf(record)
    if (await this.#isUsed(volume, podUid)) return
    const driver = drivers.get(record.driverName)
    if (driver.can('STAGE_UNSTAGE_VOLUME') && record.volumeLifecycleMode === 'Persistent') {
      const stagingTargetPath = paths.staging(record, isBlock)
      await driver.call(CSI_NODE.unstage, { volumeId: volume.handle, stagingTargetPath })
      this.#staged.delete(uniqueName(volume))
      await removeEmpty(stagingTargetPath)
    }
    await attachments.release(uniqueName(volume))
  }

  /** Whether a Pod has the volume, other than that one. */
  async #isUsed(volume: CsiHandle, exceptPodUid?: string): Promise<boolean> {
    const all = await this.#options.paths.ofAllPods()
    return all.some(({ podUid, record }) => podUid !== exceptPodUid && sameVolume(volume, record))
  }
}

function handleOf({ driverName: driver, volumeHandle: handle }: CsiRecord): CsiHandle {
  return { driver, handle }
}

function needsAttaching({ isInline }: CsiVolume, about: CSIDriver['spec'] | undefined): boolean {
  return !isInline && about?.attachRequired !== false
}

/** Throws, in upstream's words, where the driver's object does not name this kind of volume. */
function refuseOtherMode(
  { isInline, driver, name }: CsiVolume,
  about: CSIDriver['spec'] | undefined,
): void {
  const mode = isInline ? 'Ephemeral' : 'Persistent'
  if (!about && !isInline) return
  const modes = about?.volumeLifecycleModes ?? ['Persistent']
  if (modes.includes(mode)) return
  const why = about ? `only supports ${JSON.stringify(modes)}` : 'no CSIDriver object'
  const text = `volume mode "${mode}" not supported by driver ${driver} (${why})`
  throw stepFailed('MountVolume.SetUp', name, new Error(text))
}

function volumeNumbers({ usage }: NodeGetVolumeStatsResponse): VolumeNumbers {
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

/** Never takes anything along: what is in it would be a volume's. */
async function removeEmpty(path: string): Promise<void> {
  await rmdir(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  })
}
