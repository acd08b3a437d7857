import { join } from 'node:path'
import { matchesNodeSelector } from '../../api/core/v1/node-affinity.ts'
import type { Node } from '../../api/core/v1/node.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Volume } from '../../api/core/v1/volume.ts'
import type { Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informer.ts'
import { inlineCsiVolume, persistentCsiVolume } from '../csi/csi-volume.ts'
import type { CsiVolumes, PodCsiVolume } from '../csi/csi-volumes.node.ts'
import type { ApiPayload } from './api-payload.ts'
import { writeAtomicDirectory } from './atomic-directory.node.ts'
import { claimedVolume, type ClaimedVolume } from './claimed-volume.ts'
import { makeEmptyDir, mountMemory } from './empty-dir.node.ts'
import { prepareHostPath } from './host-path.node.ts'
import type { Payload } from './payload.ts'
import { diskUsageAt, mountNfs, mountPersistent } from './persistent-volume.node.ts'
import type { MountedVolume } from './pod-volumes.ts'
import { SinglePodVolumes } from './single-pod-volumes.ts'
import { stepFailed } from './volume-failure.ts'
import type { VolumeUsages } from './volume-usages.ts'

interface VolumeKindsOptions {
  readonly client: Client
  readonly clock: Clock
  readonly crypto: Pick<Crypto, 'hashHex'>
  readonly nodeName: string
  /** This node's own Node alone. */
  readonly nodes: Informer<Node>
  readonly dataDir: string
  /** Where a Pod's volumes lie. */
  readonly volumesDir: (podUid: string) => string
  readonly payload: ApiPayload
  readonly csi: CsiVolumes
  readonly usages: VolumeUsages
  /** Told of Pods with volumes that are to be looked at from time to time. */
  readonly lookAgain: (podUid: string) => void
}

/** One volume of a Pod, whatever its kind. */
export class VolumeKinds {
  readonly #options: VolumeKindsOptions
  readonly #single = new SinglePodVolumes()

  constructor(options: VolumeKindsOptions) {
    this.#options = options
  }

  /** Makes a volume ready, or finds it ready. Throws upstream's words. */
  async setUp(pod: Pod, volume: Volume, signal: AbortSignal): Promise<MountedVolume> {
    const payload = await this.#options.payload.payloadOf(pod, volume)
    if (payload) return this.#write(pod, volume, payload)
    const { emptyDir, hostPath, image } = volume
    if (emptyDir) {
      const directory = this.#directory(pod, volume)
      await makeEmptyDir(directory, pod, emptyDir, this.#node()?.status.allocatable)
      return { hostPath: directory, readOnly: false }
    }
    if (hostPath) {
      await prepareHostPath(hostPath)
      return { hostPath: hostPath.path, readOnly: false }
    }
    if (image) return { hostPath: '', readOnly: true, image: { image: image.reference ?? '' } }
    const claimed = await claimedVolume(this.#options.client, pod, volume)
    if (claimed) this.#refuse(pod, claimed)
    const ofDriver = this.#ofDriver(pod, volume, claimed)
    if (ofDriver) return this.#setUpOfDriver(ofDriver, volume, signal)
    if (claimed) return this.#setUpClaimed(pod, volume, claimed)
    if (volume.nfs) return mountNfs(volume.nfs, { directory: this.#directory(pod, volume) })
    throw new Error('no volume plugin matched')
  }

  /** What comes from the API can change, and volumes of drivers can grow. */
  async refresh(pod: Pod, volume: Volume): Promise<void> {
    const payload = await this.#options.payload.payloadOf(pod, volume)
    if (payload) {
      await this.#write(pod, volume, payload)
      return
    }
    const claimed = await claimedVolume(this.#options.client, pod, volume)
    const ofDriver = this.#ofDriver(pod, volume, claimed)
    if (!ofDriver) return
    this.#options.lookAgain(pod.metadata.uid)
    await this.#options.csi.refresh(ofDriver)
  }

  /** A Pod has no volumes any more. */
  release(podUid: string): void {
    this.#single.release(podUid)
  }

  async #setUpOfDriver(
    ofDriver: PodCsiVolume,
    volume: Volume,
    signal: AbortSignal,
  ): Promise<MountedVolume> {
    const { csi, usages, lookAgain } = this.#options
    const { pod, claimed } = ofDriver
    const mounted = await csi.setUp(ofDriver, signal)
    lookAgain(pod.metadata.uid)
    usages.set(pod, volume, claimed, () => csi.usage(ofDriver))
    return mounted
  }

  async #setUpClaimed(pod: Pod, volume: Volume, claimed: ClaimedVolume): Promise<MountedVolume> {
    const { dataDir, usages } = this.#options
    const directory = this.#directory(pod, volume)
    const mounted = await mountPersistent(pod, claimed, { dataDir, directory })
    if (!claimed.volume.spec.hostPath && mounted.devicePath === undefined)
      usages.set(pod, volume, claimed, () => diskUsageAt(mounted.hostPath))
    return mounted
  }

  #refuse(pod: Pod, claimed: ClaimedVolume): void {
    this.#refuseElsewhere(claimed)
    try {
      this.#single.take(claimed.volume, pod.metadata.uid)
    } catch (error) {
      throw stepFailed('MountVolume.SetUp', claimed.volume.metadata.name, error)
    }
  }

  /** Throws where the volume is on other nodes alone: whoever bypasses the scheduler would find another volume, or none. */
  #refuseElsewhere({ volume: { metadata, spec } }: ClaimedVolume): void {
    const required = spec.nodeAffinity?.required
    const node = this.#node()
    if (!required || !node || matchesNodeSelector(required, node)) return
    const cause = new Error('no matching NodeSelectorTerms')
    throw stepFailed('MountVolume.NodeAffinity check', metadata.name, cause)
  }

  async #write(pod: Pod, volume: Volume, payload: Payload): Promise<MountedVolume> {
    const hostPath = this.#directory(pod, volume)
    if (!volume.configMap) await mountMemory(hostPath)
    const group = pod.spec.securityContext?.fsGroup
    await writeAtomicDirectory(hostPath, payload, {
      clock: this.#options.clock,
      ...(group !== undefined && { group }),
    })
    return { hostPath, readOnly: true }
  }

  #ofDriver(
    pod: Pod,
    volume: Volume,
    claimed: ClaimedVolume | undefined,
  ): PodCsiVolume | undefined {
    const found = claimed
      ? persistentCsiVolume(claimed.volume, claimed.readOnly)
      : inlineCsiVolume(pod, volume, this.#options.crypto)
    return found && { pod, volume: found, claimed }
  }

  #node(): Node | undefined {
    const { nodes, nodeName } = this.#options
    return nodes.cache.get({ name: nodeName })
  }

  #directory({ metadata }: Pod, { name }: Volume): string {
    return join(this.#options.volumesDir(metadata.uid), name)
  }
}
