import { mkdir, rm, rmdir } from 'node:fs/promises'
import type { Pod } from '../../api/core/v1/pod.ts'
import { uniqueName, type CsiHandle } from '../../api/storage/v1/csi-attachment.ts'
import { CSIDriver } from '../../api/storage/v1/csi-driver.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Client } from '../../client/client.ts'
import { giveToGroup } from '../volumes/fs-group.node.ts'
import { isMounted } from '../volumes/mounts.node.ts'
import type { MountedVolume } from '../volumes/pod-volumes.ts'
import type { PodTokens } from '../volumes/service-account-token.ts'
import { Turns } from '../volumes/turns.ts'
import { stepFailed } from '../volumes/volume-failure.ts'
import type { Attachments } from './attachments.ts'
import type { CsiDriver } from './csi-driver.ts'
import type { CsiDrivers } from './csi-drivers.ts'
import {
  makeParent,
  sameVolume,
  writeRecord,
  type CsiPaths,
  type PublishedCsiVolume,
} from './csi-paths.node.ts'
import { capabilityOf, isGivenToGroup, type CsiVolume } from './csi-volume.ts'
import { CSI_NODE } from './node-methods.ts'
import { mountContext, secretsOf } from './volume-context.ts'

interface CsiVolumesOptions {
  readonly client: Client
  readonly drivers: CsiDrivers
  readonly attachments: Attachments
  readonly paths: CsiPaths
  readonly tokens: PodTokens
  readonly nodeName: string
}

/** What is known of a volume while it is brought to a Pod. */
interface Mounting {
  readonly pod: Pod
  readonly volume: CsiVolume
  readonly driver: CsiDriver
  /** What the driver's object says; undefined where there is none. */
  readonly about: CSIDriver['spec'] | undefined
  readonly published: PublishedCsiVolume
  readonly publishContext: Readonly<Record<string, string>>
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
    await attachments.use(attached.map((each) => uniqueName(handleOf(each))))
  }

  /** Brings a volume to a Pod. Throws upstream's words. */
  async setUp(pod: Pod, volume: CsiVolume, signal: AbortSignal): Promise<MountedVolume> {
    const { paths, nodeName } = this.#options
    const { isBlock, name, readOnly } = volume
    const podUid = pod.metadata.uid
    const about = await this.#about(volume)
    const needsAttaching = !volume.isInline && about?.attachRequired !== false
    const attachmentID = needsAttaching ? this.#options.attachments.nameOf(volume) : ''
    const record = {
      specVolID: name,
      volumeHandle: volume.handle,
      driverName: volume.driver,
      nodeName,
      attachmentID,
      volumeLifecycleMode: volume.isInline ? 'Ephemeral' : 'Persistent',
    } as const
    const directory = paths.directory(podUid, name, isBlock)
    const published = { podUid, record, isBlock, directory }
    const target = paths.target(published)
    const found: MountedVolume = isBlock
      ? { hostPath: '', readOnly, devicePath: target }
      : { hostPath: target, readOnly }
    // An agent before this one did it.
    if (await isMounted(target)) return found

    refuseOtherMode(volume, about)
    const driver = this.#driver(volume)
    const publishContext = needsAttaching ? await this.#attach(volume, signal) : {}
    const mounting = { pod, volume, driver, about, published, publishContext }
    await this.#turns.take(uniqueName(volume), async () => {
      // From here on there is something to take away again.
      await writeRecord(directory, record)
      // Another Pod may have given it back meanwhile.
      if (needsAttaching) await this.#options.attachments.use([uniqueName(volume)])
      await this.#stage(mounting)
      await this.#publish(mounting)
    })
    return found
  }

  /** Takes all CSI volumes of a Pod away. Rejects where a driver cannot, or has not registered; then it is to be tried again. */
  async tearDown(podUid: string): Promise<void> {
    for (const published of await this.#options.paths.ofPod(podUid))
      await this.#turns.take(uniqueName(handleOf(published)), async () => {
        await this.#unpublish(published)
        await this.#unstageUnused(published)
      })
  }

  #driver({ driver, name }: CsiVolume): CsiDriver {
    try {
      return this.#options.drivers.get(driver)
    } catch (error) {
      throw stepFailed('MountVolume.MountDevice', name, error)
    }
  }

  async #about({ driver: name }: CsiVolume): Promise<CSIDriver['spec'] | undefined> {
    try {
      return (await this.#options.client.get(CSIDriver, { name })).spec
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async #attach(volume: CsiVolume, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    try {
      return await this.#options.attachments.wait(volume, signal)
    } catch (error) {
      await this.#turns.take(uniqueName(volume), () => this.#releaseUnused(volume))
      signal.throwIfAborted()
      throw stepFailed('MountVolume.WaitForAttach', volume.name, error)
    }
  }

  async #stage({ volume, driver, published, publishContext }: Mounting): Promise<void> {
    const name = uniqueName(volume)
    if (!needsStaging(volume, driver) || this.#staged.has(name)) return
    const stagingTargetPath = this.#options.paths.staging(published.record, volume.isBlock)
    try {
      await mkdir(stagingTargetPath, { recursive: true, mode: 0o750 })
      await driver.call(CSI_NODE.stage, {
        volumeId: volume.handle,
        publishContext,
        stagingTargetPath,
        volumeCapability: capabilityOf(volume, driver),
        secrets: await secretsOf(volume.stageSecret, this.#options.client),
        volumeContext: volume.attributes,
      })
      this.#staged.add(name)
    } catch (error) {
      const step = volume.isBlock ? 'MapVolume.SetUpDevice' : 'MountVolume.MountDevice'
      throw stepFailed(step, volume.name, error)
    }
  }

  async #publish(mounting: Mounting): Promise<void> {
    const { pod, volume, driver, about, published, publishContext } = mounting
    const { paths } = this.#options
    const targetPath = paths.target(published)
    const { fsGroup } = pod.spec.securityContext ?? {}
    const policy = about?.fsGroupPolicy ?? 'ReadWriteOnceWithFSType'
    const byDriver = driver.can('VOLUME_MOUNT_GROUP') && policy !== 'None'
    try {
      await makeParent(targetPath)
      await driver.call(CSI_NODE.publish, {
        volumeId: volume.handle,
        publishContext,
        ...(needsStaging(volume, driver) && {
          stagingTargetPath: paths.staging(published.record, volume.isBlock),
        }),
        targetPath,
        volumeCapability: capabilityOf(volume, driver, byDriver ? fsGroup : undefined),
        readonly: volume.readOnly,
        ...(await mountContext(pod, volume, about, this.#options)),
      })
      if (!volume.isBlock && !byDriver && isGivenToGroup(volume, policy))
        await giveToGroup(targetPath, pod)
    } catch (error) {
      const step = volume.isBlock ? 'MapVolume.MapPodDevice' : 'MountVolume.SetUp'
      throw stepFailed(step, volume.name, error)
    }
  }

  async #unpublish(published: PublishedCsiVolume): Promise<void> {
    const { record, directory, isBlock } = published
    const targetPath = this.#options.paths.target(published)
    const driver = this.#options.drivers.get(record.driverName)
    await driver.call(CSI_NODE.unpublish, { volumeId: record.volumeHandle, targetPath })
    if (await isMounted(targetPath))
      throw new Error(`${targetPath} is still mounted after NodeUnpublishVolume`)
    // The driver may have left the directory, or the file that the device was mounted at, which are empty by now.
    if (isBlock) await rm(targetPath, { force: true })
    else await removeEmpty(targetPath)
    await rm(directory, { recursive: true, force: true })
  }

  /** Gives back what the node has of a volume that no Pod has any more. */
  async #unstageUnused({ record, isBlock }: PublishedCsiVolume): Promise<void> {
    const { paths, drivers } = this.#options
    const volume = { driver: record.driverName, handle: record.volumeHandle }
    if (await this.#isUsed(volume)) return
    const driver = drivers.get(record.driverName)
    if (driver.can('STAGE_UNSTAGE_VOLUME') && record.volumeLifecycleMode === 'Persistent') {
      const stagingTargetPath = paths.staging(record, isBlock)
      await driver.call(CSI_NODE.unstage, { volumeId: volume.handle, stagingTargetPath })
      this.#staged.delete(uniqueName(volume))
      await removeEmpty(stagingTargetPath)
    }
    await this.#releaseUnused(volume)
  }

  async #releaseUnused(volume: CsiHandle): Promise<void> {
    if (!(await this.#isUsed(volume))) await this.#options.attachments.release(uniqueName(volume))
  }

  async #isUsed(volume: CsiHandle): Promise<boolean> {
    const all = await this.#options.paths.ofAllPods()
    return all.some(({ record }) => sameVolume(volume, record))
  }
}

function handleOf({ record }: PublishedCsiVolume): CsiHandle {
  return { driver: record.driverName, handle: record.volumeHandle }
}

function needsStaging({ isInline }: CsiVolume, driver: CsiDriver): boolean {
  return !isInline && driver.can('STAGE_UNSTAGE_VOLUME')
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

/** Never takes anything along: what is in it would be a volume's. */
async function removeEmpty(path: string): Promise<void> {
  await rmdir(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  })
}
