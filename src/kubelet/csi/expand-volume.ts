import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { uniqueName, type CsiHandle } from '../../api/storage/v1/csi-attachment.ts'
import { timestamp, type Clock } from '../../base/clock.ts'
import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../controller-runtime/event-recorder.ts'
import { quantityValue } from '../../schema/quantity.ts'
import type { ClaimedVolume } from '../volumes/claimed-volume.ts'
import { capabilityOf } from './csi-volume.ts'
import {
  EXPANSION_BEGUN,
  expansionError,
  expansionFailed,
  expansionFinished,
  isFinal,
  isInfeasible,
  isInUse,
  planExpansion,
} from './expansion-status.ts'
import { needsStaging, type Mounting } from './node-calls.node.ts'
import { CSI_NODE } from './node-methods.ts'
import { secretsOf } from './volume-context.ts'

interface VolumeExpanderOptions {
  readonly client: Client
  readonly clock: Clock
  readonly recorder: EventRecorder
  readonly nodeName: string
}

/** A volume whose claim is to be told how it grows. */
interface Growing {
  readonly mounting: Mounting
  readonly claim: PersistentVolumeClaim
  readonly capacity: string
}

/**
 * Lets the file systems of volumes grow where the volumes have, and says so in the claims' statuses, as KEP-1790 has it.
 * See https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
export class VolumeExpander {
  readonly #options: VolumeExpanderOptions
  /** How large volumes are on this node, in bytes: one that several nodes have grows on each. */
  readonly #sizes = new Map<string, number>()
  /** Volumes whose driver has said that it cannot. */
  readonly #failed = new Set<string>()

  constructor(options: VolumeExpanderOptions) {
    this.#options = options
  }

  /** Lets a volume grow where it is to. Throws upstream's words, but not the step and the volume. */
  async expand(mounting: Mounting, { claim: known, volume }: ClaimedVolume): Promise<void> {
    const name = uniqueName(mounting.volume)
    const size = volume.spec.capacity?.['storage'] ?? '0'
    const bytes = quantityValue(size)
    const before = this.#sizes.getOrInsert(name, quantityValue(known.status.capacity?.['storage']))
    if (bytes <= before || !mounting.driver.can('EXPAND_VOLUME')) return
    const claim = await this.#options.client.get(PersistentVolumeClaim, known.metadata)
    // Where the controller knows steps, what it was asked for; the driver may have made it larger.
    const capacity = claim.status.allocatedResources?.['storage'] ?? size
    const isDone = mounting.volume.readOnly
      ? this.#tellReadOnly(mounting, claim)
      : await this.#expand({ mounting, claim, capacity })
    if (isDone) this.#sizes.set(name, bytes)
  }

  /** The volume is not on this node any more. */
  forget(volume: CsiHandle): void {
    this.#sizes.delete(uniqueName(volume))
    this.#failed.delete(uniqueName(volume))
  }

  /** Whether it is over with: the volume has grown, or cannot while it is here. */
  async #expand(growing: Growing): Promise<boolean> {
    const { mounting, capacity } = growing
    const plan = planExpansion(growing.claim.status, quantityValue(capacity))
    if (plan === 'wait') return false
    const isToldOfSteps = plan === 'expand and tell steps'
    const claim = isToldOfSteps ? await this.#patch(growing.claim, EXPANSION_BEGUN) : growing.claim
    try {
      await this.#callDriver(growing)
    } catch (error) {
      const said = expansionError(error)
      if (isToldOfSteps && isFinal(error)) await this.#tellFailure({ ...growing, claim }, said)
      // The driver cannot do it while the volume is used, which is no reason to keep Pods from it.
      if (isInUse(error)) return true
      throw said
    }
    this.#tellSuccess(mounting, claim)
    if (plan !== 'expand') await this.#patch(claim, expansionFinished(claim.status, capacity))
    return true
  }

  async #callDriver({ mounting, capacity }: Growing): Promise<void> {
    const { volume, driver, targetPath, stagingTargetPath } = mounting
    await driver.call(CSI_NODE.expand, {
      volumeId: volume.handle,
      volumePath: targetPath,
      capacityRange: { requiredBytes: quantityValue(capacity) },
      ...(needsStaging(mounting) && { stagingTargetPath }),
      volumeCapability: capabilityOf(volume, driver),
      secrets: await secretsOf(volume.expandSecret, this.#options.client),
    })
  }

  async #tellFailure({ mounting, claim, capacity }: Growing, error: Error): Promise<void> {
    const name = uniqueName(mounting.volume)
    // Somebody who asks for another size after a failure lets the controller begin anew.
    const asked = quantityValue(claim.spec.resources?.requests?.['storage'])
    const isOther = asked !== quantityValue(capacity) && this.#failed.has(name)
    this.#failed.add(name)
    const isOver = isOther || isInfeasible(error.cause)
    const now = timestamp(this.#options.clock)
    await this.#patch(claim, expansionFailed(claim.status, { error, isOver, now }))
  }

  #tellSuccess({ pod, volume }: Mounting, claim: PersistentVolumeClaim): void {
    const { recorder, nodeName } = this.#options
    const text = `MountVolume.NodeExpandVolume succeeded for volume ${JSON.stringify(volume.name)} ${nodeName}`
    for (const each of [pod, claim]) recorder.normal(each, 'FileSystemResizeSuccessful', text)
  }

  #tellReadOnly({ pod, volume }: Mounting, claim: PersistentVolumeClaim): true {
    const text = `MountVolume.NodeExpandVolume failed for volume ${JSON.stringify(volume.name)} requested read-only file system`
    for (const each of [pod, claim])
      this.#options.recorder.warning(each, 'FileSystemResizeFailed', text)
    return true
  }

  /** Fails where the claim has changed meanwhile; then it is tried again. */
  #patch(claim: PersistentVolumeClaim, status: object): Promise<PersistentVolumeClaim> {
    const { resourceVersion } = claim.metadata
    const patch = { metadata: { resourceVersion }, status }
    return this.#options.client.patch(PersistentVolumeClaim, claim.metadata, 'merge', patch, {
      subresource: 'status',
    })
  }
}
