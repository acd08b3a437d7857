import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Node } from '../../api/core/v1/node.ts'
import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Volume } from '../../api/core/v1/volume.ts'
import type { Clock } from '../../base/clock.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import type { Client } from '../../client/client.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'
import type { EventRecorder } from '../../controller-runtime/event-recorder.ts'
import type { Mount } from '../cri/container-messages.ts'
import type { Input } from '../cri/types.ts'
import { startCsi } from '../csi/start-csi.node.ts'
import type { PluginHandler } from '../plugins/plugin-registry.node.ts'
import { ApiPayload } from './api-payload.ts'
import { containerDevices, containerMounts } from './container-mounts.node.ts'
import { removeLocalPaths } from './local-path.node.ts'
import { isMounted, unmountBelow } from './mounts.node.ts'
import { makePodKey } from './pod-key.node.ts'
import type {
  ContainerFacts,
  MountedVolume,
  MountedVolumes,
  PodVolumes,
  VolumeUsage,
} from './pod-volumes.ts'
import { Renewals } from './renewals.ts'
import { PodTokens } from './service-account-token.ts'
import { Turns } from './turns.ts'
import { stepFailed, VolumeFailure } from './volume-failure.ts'
import { VolumeKinds } from './volume-kinds.node.ts'
import { VolumeUsages } from './volume-usages.ts'

// How often volumes of drivers are looked at, as upstream does: a node may not watch claims, and some drivers ask for it.
const LOOK_MS = 60_000
const MOUNT_AGAIN_MS = 60_000 // A driver may have to be waited for.

export interface PodVolumesOptions {
  readonly client: Client
  readonly informers: SharedInformers
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly recorder: EventRecorder
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
    certificates: () => manager.certificates(),
    tearDown: (podUid) => manager.tearDown(podUid),
    orphans: () => manager.orphans(),
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  }
}

class VolumeManager implements AsyncDisposable {
  readonly #options: PodVolumesOptions
  readonly #payload: ApiPayload
  readonly #kinds: VolumeKinds
  readonly #removals: AsyncDisposable
  /** Pods whose volumes are set up, as they were seen last. */
  readonly #pods = new Map<string, Pod>()
  readonly #usages = new VolumeUsages()
  readonly #renewals: Renewals
  /** Two at a time would write over each other. */
  readonly #turns = new Turns()
  readonly #csi: ReturnType<typeof startCsi>

  constructor(options: PodVolumesOptions) {
    this.#options = options
    const { client, clock, informers, nodeName } = options
    const nodes = informers.informer(Node, { fieldSelector: `metadata.name=${nodeName}` })
    const tokens = new PodTokens(client, clock)
    const shared = { ...options, nodes, tokens, crypto: nodeCrypto() }
    this.#renewals = new Renewals(clock, (podUid) => this.#refreshSoon(podUid))
    this.#payload = new ApiPayload({
      ...shared,
      makeKey: makePodKey,
      changed: (podUid) => this.#refreshSoon(podUid),
      renewAt: (podUid, atMs) => this.#renewals.at(podUid, atMs),
    })
    this.#removals = removeLocalPaths(shared)
    this.#csi = startCsi(shared)
    this.#kinds = new VolumeKinds({
      ...shared,
      volumesDir: (podUid) => join(this.#podDir(podUid), 'volumes'),
      payload: this.#payload,
      csi: this.#csi.volumes,
      usages: this.#usages,
      lookAgain: (podUid) => this.#renewals.at(podUid, clock.now() + LOOK_MS),
    })
  }

  setUp(pod: Pod, signal: AbortSignal): Promise<MountedVolumes> {
    return this.#turns.take(pod.metadata.uid, () => this.#setUp(pod, signal))
  }

  async #setUp(pod: Pod, signal: AbortSignal): Promise<MountedVolumes> {
    this.#pods.set(pod.metadata.uid, pod)
    await this.#csi.shared
    const volumes = pod.spec.volumes ?? []
    const outcomes = await Promise.allSettled(
      volumes.map((volume) => this.#setUpVolume(pod, volume, signal)),
    )
    const mounted = outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value
    })
    return new Map(mounted)
  }

  async #setUpVolume(
    pod: Pod,
    volume: Volume,
    signal: AbortSignal,
  ): Promise<readonly [string, MountedVolume]> {
    try {
      const mounted = await this.#kinds.setUp(pod, volume, signal)
      const isMount = mounted.hostPath !== '' && (await isMounted(mounted.hostPath))
      return [volume.name, { ...mounted, isMount }]
    } catch (cause) {
      if (cause instanceof VolumeFailure) throw cause
      throw stepFailed('MountVolume.SetUp', volume.name, cause)
    }
  }

  async containerMounts(
    pod: Pod,
    container: AnyContainer,
    mounted: MountedVolumes,
    facts: ContainerFacts,
  ): Promise<readonly Input<Mount>[]> {
    await this.#mountAgain(pod, container, mounted)
    const subPathDirectory = join(this.#podDir(pod.metadata.uid), 'volume-subpaths')
    return containerMounts(container, { ...facts, mounted, subPathDirectory })
  }

  /** Somebody may have unmounted what was mounted: a container would find an empty directory, and write to the node's disk. */
  async #mountAgain(
    pod: Pod,
    { volumeMounts = [] }: AnyContainer,
    mounted: MountedVolumes,
  ): Promise<void> {
    for (const { name } of volumeMounts) {
      const { isMount = false, hostPath = '' } = mounted.get(name) ?? {}
      const volume = pod.spec.volumes?.find((each) => each.name === name)
      if (!volume || !isMount || (await isMounted(hostPath))) continue
      const signal = AbortSignal.timeout(MOUNT_AGAIN_MS)
      await this.#turns.take(pod.metadata.uid, () => this.#setUpVolume(pod, volume, signal))
    }
  }

  /** What cannot be read keeps no other volume from changing. */
  refresh(pod: Pod): Promise<void> {
    const { uid } = pod.metadata
    return this.#turns.take(uid, async () => {
      if (!this.#pods.has(uid)) return
      this.#pods.set(uid, pod)
      const failures: unknown[] = []
      for (const volume of pod.spec.volumes ?? []) {
        try {
          await this.#kinds.refresh(pod, volume)
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

  certificates(): ReturnType<PodVolumes['certificates']> {
    return this.#payload.certificates()
  }

  tearDown(podUid: string): Promise<void> {
    this.#pods.delete(podUid)
    return this.#turns.take(podUid, async () => {
      this.#usages.forget(podUid)
      this.#renewals.forget(podUid)
      await this.#payload.release(podUid)
      const directory = this.#podDir(podUid)
      await unmountBelow(join(directory, 'volume-subpaths'))
      await this.#csi.volumes.tearDown(podUid)
      await unmountBelow(directory)
      for (const part of ['volumes', 'volumeDevices', 'volume-subpaths'])
        await rm(join(directory, part), { recursive: true, force: true })
      this.#kinds.release(podUid)
    })
  }

  async orphans(): Promise<readonly string[]> {
    return readdir(join(this.#options.dataDir, 'pods')).catch(() => [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pods.clear()
    this.#payload[Symbol.dispose]()
    await this.#turns.ended()
    this.#renewals[Symbol.dispose]()
    await this.#removals[Symbol.asyncDispose]()
    await this.#csi[Symbol.asyncDispose]()
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

  #podDir(podUid: string): string {
    return join(this.#options.dataDir, 'pods', podUid)
  }
}
