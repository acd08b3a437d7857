import { uniqueName, type CsiHandle } from '../../api/storage/v1/csi-attachment.ts'
import { removeEmpty, type CsiPaths, type CsiRecord } from './csi-paths.node.ts'
import type { CsiDriver } from './csi-driver.ts'
import { needsStaging, stageVolume, type Mounting } from './node-calls.node.ts'
import { CSI_NODE } from './node-methods.ts'

type Options = Parameters<typeof stageVolume>[1] & { readonly paths: CsiPaths }

/** Which volumes this agent has seen staged: brought to the node, for all its Pods. Staging again does no harm. */
export class StagedVolumes {
  readonly #options: Options
  readonly #staged = new Set<string>()

  constructor(options: Options) {
    this.#options = options
  }

  /** Stages a volume where its driver wants that, once. Throws upstream's words. */
  async stage(mounting: Mounting): Promise<void> {
    const name = uniqueName(mounting.volume)
    if (!needsStaging(mounting) || this.#staged.has(name)) return
    await stageVolume(mounting, this.#options)
    this.#staged.add(name)
  }

  /** The next Pod has the volume staged again. */
  forget(volume: CsiHandle): void {
    this.#staged.delete(uniqueName(volume))
  }

  /** Takes a volume back from the node. */
  async unstage(driver: CsiDriver, record: CsiRecord, isBlock: boolean): Promise<void> {
    const isStaged = record.volumeLifecycleMode === 'Persistent'
    if (!driver.can('STAGE_UNSTAGE_VOLUME') || !isStaged) return
    const { volumeHandle: volumeId, driverName } = record
    const stagingTargetPath = this.#options.paths.staging(record, isBlock)
    await driver.call(CSI_NODE.unstage, { volumeId, stagingTargetPath })
    this.forget({ driver: driverName, handle: volumeId })
    await removeEmpty(stagingTargetPath)
  }
}
