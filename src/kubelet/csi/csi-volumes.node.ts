import type { Pod } from '../../api/core/v1/pod.ts'
import { uniqueName } from '../../api/storage/v1/csi-attachment.ts'
import { CSIDriver } from '../../api/storage/v1/csi-driver.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Clock } from '../../base/clock.ts'
import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../controller-runtime/event-recorder.ts'
import type { ClaimedVolume } from '../volumes/claimed-volume.ts'
import { isMounted } from '../volumes/mounts.node.ts'
import type { MountedVolume } from '../volumes/pod-volumes.ts'
import type { PodTokens } from '../volumes/service-account-token.ts'
import { Turns } from '../volumes/turns.ts'
import { stepFailed, volumeFailure } from '../volumes/volume-failure.ts'
import type { Attachments } from './attachments.ts'
import type { CsiDrivers } from './csi-drivers.ts'
import {
  handleOf,
  hasRecord,
  writeRecord,
  type CsiPaths,
  type CsiRecord,
  type PublishedCsiVolume,
} from './csi-paths.node.ts'
import type { CsiVolume } from './csi-volume.ts'
import { VolumeExpander } from './expand-volume.ts'
import { publishVolume, type Mounting } from './node-calls.node.ts'
import { StagedVolumes } from './staged-volumes.node.ts'
import { takeAway } from './take-away.node.ts'
import { volumeNumbers, type VolumeNumbers } from './volume-numbers.ts'

interface CsiVolumesOptions {
  readonly client: Client
  readonly drivers: CsiDrivers
  readonly attachments: Attachments
  readonly paths: CsiPaths
  readonly tokens: PodTokens
  readonly clock: Clock
  readonly recorder: EventRecorder
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
  readonly #staged: StagedVolumes
  readonly #expander: VolumeExpander
  readonly #turns = new Turns()
  /** Directories of volumes that this agent has begun to bring to a Pod, and that may be mounted already. */
  readonly #unfinished = new Set<string>()

  constructor(options: CsiVolumesOptions) {
    this.#options = options
    this.#staged = new StagedVolumes(options)
    this.#expander = new VolumeExpander(options)
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
    const { directory } = published
    // An agent before this one did it.
    if (!this.#unfinished.has(directory) && (await isMounted(targetPath))) return there

    refuseOtherMode(volume, about)
    const mounting = await this.#mounting(asked, about, () => this.#attach(volume, signal))
    await this.#turns.take(uniqueName(volume), async () => {
      // What is gone from the Pod may be gone from the node too.
      if (!this.#unfinished.has(directory) && (await hasRecord(directory)))
        this.#staged.forget(volume)
      this.#unfinished.add(directory)
      // From here on there is something to take away again.
      await writeRecord(directory, published.record)
      // Another Pod may have given it back meanwhile.
      if (published.record.attachmentID !== '') await attachments.use([uniqueName(volume)])
      await this.#staged.stage(mounting)
      await publishVolume(mounting, this.#options)
      if (claimed) await this.#expand(mounting, claimed)
      this.#unfinished.delete(directory)
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
      if (claimed) await this.#expandUsed(mounting, claimed)
    })
  }

  /** How full a volume of a Pod is; undefined where its driver does not tell. */
  async usage({ pod, volume }: PodCsiVolume): Promise<VolumeNumbers | undefined> {
    const { drivers, paths } = this.#options
    if (volume.isBlock) return undefined
    const volumePath = paths.target(this.#published(pod, volume, undefined))
    return volumeNumbers(drivers.get(volume.driver), volume.handle, volumePath)
  }

  /** Takes all CSI volumes of a Pod away. Rejects where a driver cannot, or has not registered; then it is to be tried again. */
  async tearDown(podUid: string): Promise<void> {
    for (const published of await this.#options.paths.ofPod(podUid))
      await this.#turns.take(uniqueName(handleOf(published.record)), async () => {
        await takeAway(published, {
          ...this.#options,
          staged: this.#staged,
          expander: this.#expander,
        })
        this.#unfinished.delete(published.directory)
      })
  }

  /** Where the volume is on its way to a Pod, which waits for it. */
  async #expand(mounting: Mounting, claimed: ClaimedVolume): Promise<void> {
    try {
      await this.#expander.expand(mounting, claimed)
    } catch (error) {
      const { name, isBlock } = mounting.volume
      const step = isBlock ? 'MapVolume.MarkVolumeAsMounted' : 'MountVolume.Setup'
      throw volumeFailure(`${step} failed while expanding volume`, name, error)
    }
  }

  /** Where a Pod has the volume, which is told of what fails. */
  async #expandUsed(mounting: Mounting, claimed: ClaimedVolume): Promise<void> {
    try {
      await this.#expander.expand(mounting, claimed)
    } catch (error) {
      const failure = stepFailed('NodeExpandVolume.NodeExpandVolume', mounting.volume.name, error)
      this.#options.recorder.warning(mounting.pod, 'VolumeResizeFailed', failure.message)
      throw failure
    }
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
        if (!(await this.#options.paths.isUsed(volume)))
          await this.#options.attachments.release(uniqueName(volume))
      })
      throw error
    }
  }
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
