import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { matchesNodeSelector } from '../../api/core/v1/node-affinity.ts'
import { Node } from '../../api/core/v1/node.ts'
import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Volume } from '../../api/core/v1/volume.ts'
import type { Clock } from '../../base/clock.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informer.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'
import type { Mount } from '../cri/container-messages.ts'
import type { Input } from '../cri/types.ts'
import { inlineCsiVolume, persistentCsiVolume } from '../csi/csi-volume.ts'
import type { PodCsiVolume } from '../csi/csi-volumes.node.ts'
import { startCsi } from '../csi/start-csi.node.ts'
import type { PluginHandler } from '../plugins/plugin-registry.node.ts'
import { ApiPayload } from './api-payload.ts'
import { writeAtomicDirectory } from './atomic-directory.node.ts'
import { claimedVolume, type ClaimedVolume } from './claimed-volume.ts'
import { containerDevices, containerMounts } from './container-mounts.node.ts'
import { makeEmptyDir, mountMemory } from './empty-dir.node.ts'
import { prepareHostPath } from './host-path.node.ts'
import { removeLocalPaths } from './local-path.node.ts'
import { unmountBelow } from './mounts.node.ts'
import type { Payload } from './payload.ts'
import { diskUsageAt, mountNfs, mountPersistent } from './persistent-volume.node.ts'
import type {
  ContainerFacts,
  MountedVolume,
  MountedVolumes,
  PodVolumes,
  VolumeUsage,
} from './pod-volumes.ts'
import { ReferencedObjects } from './references.ts'
import { Renewals } from './renewals.ts'
import { PodTokens } from './service-account-token.ts'
import { Turns } from './turns.ts'
import { stepFailed, VolumeFailure } from './volume-failure.ts'
import { VolumeUsages } from './volume-usages.ts'

// How often volumes of drivers are looked at, as upstream does: a node may not watch claims, and some drivers ask for it.
const LOOK_MS = 60_000

export interface PodVolumesOptions {
  readonly client: Client
  readonly informers: SharedInformers
  readonly clock: Clock
  readonly logger: Logger
  readonly nodeName: string
  /** Each Pod's volumes lie in `pods/UID/volumes`. */
  readonly dataDir: string
  /** What is to become of plugins that are no CSI drivers, by type. */
  readonly pluginHandlers?: Readonly<Record<string, PluginHandler>>
}

/**
 * The volumes of this node's Pods, on its disk. Disposing it stops what follows changes and waits for what is being
 * written; the volumes stay.
 */
export function createPodVolumes(options: PodVolumesOptions): PodVolumes & AsyncDisposable {
  const manager = new VolumeManager(options)
  return {
    setUp: (pod, signal) => manager.setUp(pod, signal),
    containerMounts: (pod, container, mounted, facts) =>
      manager.containerMounts(pod, container, mounted, facts),
    containerDevices,
    refresh: (pod) => manager.refresh(pod),
    usage: (podUid) => manager.usage(podUid),
    tearDown: (podUid) => manager.tearDown(podUid),
    orphans: () => manager.orphans(),
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  }
}

class VolumeManager implements AsyncDisposable {
  readonly #options: PodVolumesOptions
  /** This node's own Node alone. */
  readonly #nodes: Informer<Node>
  readonly #objects: ReferencedObjects
  readonly #tokens: PodTokens
  readonly #payload: ApiPayload
  readonly #removals: AsyncDisposable
  /** Pods whose volumes are set up, as they were seen last. */
  readonly #pods = new Map<string, Pod>()
  readonly #usages = new VolumeUsages()
  readonly #renewals: Renewals
  /** Two at a time would write over each other. */
  readonly #turns = new Turns()
  readonly #crypto = nodeCrypto()
  readonly #csi: ReturnType<typeof startCsi>

  constructor(options: PodVolumesOptions) {
    this.#options = options
    const { informers, nodeName } = options
    this.#renewals = new Renewals(options.clock, (podUid) => this.#refreshSoon(podUid))
    const nodes = informers.informer(Node, { fieldSelector: `metadata.name=${nodeName}` })
    this.#nodes = nodes
    this.#tokens = new PodTokens(options.client, options.clock)
    this.#objects = new ReferencedObjects(options.client, options.informers, (podUid) =>
      this.#refreshSoon(podUid),
    )
    this.#payload = new ApiPayload({
      objects: this.#objects,
      tokens: this.#tokens,
      // What containers without a limit may use.
      allocatable: () => nodes.cache.get({ name: nodeName })?.status.allocatable ?? {},
      renewAt: (podUid, atMs) => this.#renewals.at(podUid, atMs),
    })
    this.#removals = removeLocalPaths({ ...options, nodes })
    this.#csi = startCsi({ ...options, nodes, tokens: this.#tokens, crypto: this.#crypto })
  }

  setUp(pod: Pod, signal: AbortSignal): Promise<MountedVolumes> {
    return this.#turns.take(pod.metadata.uid, () => this.#setUp(pod, signal))
  }

  async #setUp(pod: Pod, signal: AbortSignal): Promise<MountedVolumes> {
    this.#pods.set(pod.metadata.uid, pod)
    const volumes = pod.spec.volumes ?? []
    const outcomes = await Promise.allSettled(
      volumes.map(async (volume) => {
        try {
          return [volume.name, await this.#setUpVolume(pod, volume, signal)] as const
        } catch (cause) {
          if (cause instanceof VolumeFailure) throw cause
          throw stepFailed('MountVolume.SetUp', volume.name, cause)
        }
      }),
    )
    const mounted = outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value
    })
    return new Map(mounted)
  }

  containerMounts(
    pod: Pod,
    container: AnyContainer,
    mounted: MountedVolumes,
    facts: ContainerFacts,
  ): Promise<readonly Input<Mount>[]> {
    const subPathDirectory = join(this.#podDir(pod.metadata.uid), 'volume-subpaths')
    return containerMounts(container, { ...facts, mounted, subPathDirectory })
  }

  /** What comes from the API can change, and volumes of drivers can grow. What cannot be read keeps no other volume from changing. */
  refresh(pod: Pod): Promise<void> {
    const { uid } = pod.metadata
    return this.#turns.take(uid, async () => {
      if (!this.#pods.has(uid)) return
      this.#pods.set(uid, pod)
      const failures: unknown[] = []
      for (const volume of pod.spec.volumes ?? []) {
        try {
          const payload = await this.#payload.payloadOf(pod, volume)
          if (payload) await this.#write(pod, volume, payload)
          else await this.#refreshOfDriver(pod, volume)
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
    })
  }

  usage(podUid: string): Promise<readonly VolumeUsage[]> {
    return this.#usages.of(podUid)
  }

  tearDown(podUid: string): Promise<void> {
    this.#pods.delete(podUid)
    return this.#turns.take(podUid, async () => {
      this.#usages.forget(podUid)
      this.#renewals.forget(podUid)
      this.#tokens.forget(podUid)
      await this.#objects.release(podUid)
      const directory = this.#podDir(podUid)
      await unmountBelow(join(directory, 'volume-subpaths'))
      await this.#csi.volumes.tearDown(podUid)
      await unmountBelow(directory)
      for (const part of ['volumes', 'volumeDevices', 'volume-subpaths'])
        await rm(join(directory, part), { recursive: true, force: true })
    })
  }

  async orphans(): Promise<readonly string[]> {
    return readdir(join(this.#options.dataDir, 'pods')).catch(() => [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pods.clear()
    await this.#turns.ended()
    this.#renewals[Symbol.dispose]()
    await this.#removals[Symbol.asyncDispose]()
    await this.#csi[Symbol.asyncDispose]()
  }

  async #setUpVolume(pod: Pod, volume: Volume, signal: AbortSignal): Promise<MountedVolume> {
    const payload = await this.#payload.payloadOf(pod, volume)
    if (payload) return this.#write(pod, volume, payload)
    if (volume.emptyDir) {
      const hostPath = this.#volumeDir(pod, volume.name)
      await makeEmptyDir(hostPath, pod, volume.emptyDir)
      return { hostPath, readOnly: false }
    }
    if (volume.hostPath) {
      await prepareHostPath(volume.hostPath)
      return { hostPath: volume.hostPath.path, readOnly: false }
    }
    if (volume.image)
      return { hostPath: '', readOnly: true, image: { image: volume.image.reference ?? '' } }
    const claimed = await claimedVolume(this.#options.client, pod, volume)
    if (claimed) this.#refuseElsewhere(claimed)
    const ofDriver = this.#ofDriver(pod, volume, claimed)
    if (ofDriver) {
      const mounted = await this.#csi.volumes.setUp(ofDriver, signal)
      this.#lookAgain(pod)
      this.#usages.set(pod, volume, claimed, () => this.#csi.volumes.usage(ofDriver))
      return mounted
    }
    const { dataDir } = this.#options
    const directory = this.#volumeDir(pod, volume.name)
    if (claimed) {
      const mounted = await mountPersistent(pod, claimed, { dataDir, directory })
      if (!claimed.volume.spec.hostPath && mounted.devicePath === undefined)
        this.#usages.set(pod, volume, claimed, () => diskUsageAt(mounted.hostPath))
      return mounted
    }
    if (volume.nfs) return mountNfs(volume.nfs, { directory })
    throw new Error('no volume plugin matched')
  }

  /** Throws where the volume is on other nodes alone: whoever bypasses the scheduler would find another volume, or none. */
  #refuseElsewhere({ volume: { metadata, spec } }: ClaimedVolume): void {
    const required = spec.nodeAffinity?.required
    const node = this.#nodes.cache.get({ name: this.#options.nodeName })
    if (!required || !node || matchesNodeSelector(required, node)) return
    const cause = new Error('no matching NodeSelectorTerms')
    throw stepFailed('MountVolume.NodeAffinity check', metadata.name, cause)
  }

  async #write(pod: Pod, volume: Volume, payload: Payload): Promise<MountedVolume> {
    const hostPath = this.#volumeDir(pod, volume.name)
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
      : inlineCsiVolume(pod, volume, this.#crypto)
    return found && { pod, volume: found, claimed }
  }

  async #refreshOfDriver(pod: Pod, volume: Volume): Promise<void> {
    const claimed = await claimedVolume(this.#options.client, pod, volume)
    const ofDriver = this.#ofDriver(pod, volume, claimed)
    if (!ofDriver) return
    this.#lookAgain(pod)
    await this.#csi.volumes.refresh(ofDriver)
  }

  #refreshSoon(podUid: string): void {
    const pod = this.#pods.get(podUid)
    if (!pod) return
    this.refresh(pod).catch((error: unknown) => {
      const { namespace, name } = pod.metadata
      this.#options.logger.warn('cannot bring a change into volumes', {
        pod: `${namespace}/${name}`,
        error: String(error),
      })
    })
  }

  #lookAgain({ metadata }: Pod): void {
    this.#renewals.at(metadata.uid, this.#options.clock.now() + LOOK_MS)
  }

  #podDir(podUid: string): string {
    return join(this.#options.dataDir, 'pods', podUid)
  }

  #volumeDir({ metadata }: Pod, name: string): string {
    return join(this.#podDir(metadata.uid), 'volumes', name)
  }
}
