import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import type { Volume } from '../../api/core/v1/volume.ts'
import type {
  EmptyDirVolumeSource,
  ProjectedVolumeSource,
} from '../../api/core/v1/volume-source.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'
import { quantityValue } from '../../schema/quantity.ts'
import { expand } from '../containers/expansion.ts'
import type { Allocatable } from '../containers/field-refs.ts'
import type { Mount } from '../cri/container-messages.ts'
import type { Input } from '../cri/types.ts'
import { writeAtomicDirectory } from './atomic-directory.node.ts'
import { prepareHostPath } from './host-path.node.ts'
import { isMounted, mountTmpfs, unmountBelow } from './mounts.node.ts'
import { chosenFiles, configMapData, downwardFiles, secretData, type Payload } from './payload.ts'
import type { MountedVolume, MountedVolumes, PodVolumes } from './pod-volumes.ts'
import { ReferencedObjects } from './references.ts'
import { PodTokens } from './service-account-token.ts'
import { mountSubPath } from './sub-path.node.ts'

export interface PodVolumesOptions {
  readonly client: Client
  readonly informers: SharedInformers
  readonly clock: Clock
  readonly logger: Logger
  /** Each Pod's volumes lie in `pods/UID/volumes`. */
  readonly dataDir: string
  /** What containers without a limit may use of the node, for downward API volumes. */
  readonly allocatable?: () => Allocatable
}

/**
 * The volumes of this node's Pods, on its disk. Disposing it stops what follows changes and waits for what is being
 * written; the volumes stay.
 */
export function createPodVolumes(options: PodVolumesOptions): PodVolumes & AsyncDisposable {
  const manager = new VolumeManager(options)
  return {
    setUp: (pod) => manager.setUp(pod),
    containerMounts: (pod, container, mounted, environment) =>
      manager.containerMounts(pod, container, mounted, environment),
    refresh: (pod) => manager.refresh(pod),
    tearDown: (podUid) => manager.tearDown(podUid),
    orphans: () => manager.orphans(),
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  }
}

class VolumeManager implements AsyncDisposable {
  readonly #options: PodVolumesOptions
  readonly #objects: ReferencedObjects
  readonly #tokens: PodTokens
  /** Pods whose volumes are set up, as they were seen last. */
  readonly #pods = new Map<string, Pod>()
  readonly #renewals = new Map<string, { readonly atMs: number; readonly timer: Disposable }>()
  /** What was begun last for a Pod: two at a time would write over each other. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(options: PodVolumesOptions) {
    this.#options = options
    this.#tokens = new PodTokens(options.client, options.clock)
    this.#objects = new ReferencedObjects(options.client, options.informers, (podUid) =>
      this.#refreshSoon(podUid),
    )
  }

  setUp(pod: Pod): Promise<MountedVolumes> {
    return this.#inTurn(pod.metadata.uid, () => this.#setUp(pod))
  }

  async #setUp(pod: Pod): Promise<MountedVolumes> {
    this.#pods.set(pod.metadata.uid, pod)
    const volumes = pod.spec.volumes ?? []
    const mounted = await Promise.all(
      volumes.map(async (volume) => {
        try {
          return [volume.name, await this.#setUpVolume(pod, volume)] as const
        } catch (cause) {
          const said = cause instanceof Error ? cause.message : String(cause)
          throw new Error(
            `MountVolume.SetUp failed for volume ${JSON.stringify(volume.name)} : ${said}`,
            { cause },
          )
        }
      }),
    )
    return new Map(mounted)
  }

  async containerMounts(
    pod: Pod,
    container: AnyContainer,
    mounted: MountedVolumes,
    environment: ReadonlyMap<string, string>,
  ): Promise<readonly Input<Mount>[]> {
    const mounts = container.volumeMounts ?? []
    return Promise.all(
      mounts.map(
        async (
          {
            name,
            mountPath,
            subPath = '',
            subPathExpr = '',
            readOnly = false,
            mountPropagation,
            recursiveReadOnly,
          },
          i,
        ) => {
          const volume = mounted.get(name)
          if (!volume)
            throw new Error(
              `cannot find volume ${JSON.stringify(name)} to mount into container ${JSON.stringify(container.name)}`,
            )
          const part = subPathExpr === '' ? subPath : expandStrictly(subPathExpr, environment)
          const isReadOnly = readOnly || volume.readOnly
          const target = join(
            this.#podDir(pod.metadata.uid),
            'volume-subpaths',
            name,
            container.name,
            String(i),
          )
          return {
            containerPath: mountPath.startsWith('/') ? mountPath : `/${mountPath}`,
            hostPath:
              part === '' || volume.image
                ? volume.hostPath
                : await mountSubPath(volume.hostPath, part, target),
            readonly: isReadOnly,
            ...(volume.image && { image: volume.image, imageSubPath: part }),
            ...(isReadOnly && recursiveReadOnly === 'Enabled' && { recursiveReadOnly: true }),
            ...(mountPropagation !== undefined && { propagation: PROPAGATION[mountPropagation] }),
          }
        },
      ),
    )
  }

  /** Only what comes from the API can change. What cannot be read keeps no other volume from changing. */
  refresh(pod: Pod): Promise<void> {
    const { uid } = pod.metadata
    return this.#inTurn(uid, async () => {
      if (!this.#pods.has(uid)) return
      this.#pods.set(uid, pod)
      const failures: unknown[] = []
      for (const volume of pod.spec.volumes ?? []) {
        try {
          const payload = await this.#payloadOf(pod, volume)
          if (payload) await this.#write(pod, volume, payload)
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
    })
  }

  tearDown(podUid: string): Promise<void> {
    this.#pods.delete(podUid)
    return this.#inTurn(podUid, async () => {
      this.#renewals.get(podUid)?.timer[Symbol.dispose]()
      this.#renewals.delete(podUid)
      this.#tokens.forget(podUid)
      await this.#objects.release(podUid)
      const directory = this.#podDir(podUid)
      await unmountBelow(directory)
      for (const part of ['volumes', 'volume-subpaths'])
        await rm(join(directory, part), { recursive: true, force: true })
    })
  }

  async orphans(): Promise<readonly string[]> {
    return readdir(join(this.#options.dataDir, 'pods')).catch(() => [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { timer } of this.#renewals.values()) timer[Symbol.dispose]()
    this.#renewals.clear()
    this.#pods.clear()
    await Promise.allSettled(this.#turns.values())
  }

  async #inTurn<T>(podUid: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(podUid)
    const turn = (async () => {
      await before?.catch(() => undefined) // Whoever began it was told.
      return work()
    })()
    this.#turns.set(podUid, turn)
    try {
      return await turn
    } finally {
      if (this.#turns.get(podUid) === turn) this.#turns.delete(podUid)
    }
  }

  async #setUpVolume(pod: Pod, volume: Volume): Promise<MountedVolume> {
    const payload = await this.#payloadOf(pod, volume)
    if (payload) return this.#write(pod, volume, payload)
    if (volume.emptyDir) return this.#emptyDir(pod, volume.name, volume.emptyDir)
    if (volume.hostPath) {
      await prepareHostPath(volume.hostPath)
      return { hostPath: volume.hostPath.path, readOnly: false }
    }
    if (volume.image)
      return { hostPath: '', readOnly: true, image: { image: volume.image.reference ?? '' } }
    if (volume.persistentVolumeClaim) {
      const { claimName, readOnly = false } = volume.persistentVolumeClaim
      return this.#claim(pod, claimName, readOnly)
    }
    throw new Error('no volume plugin matched')
  }

  /** The files of a volume whose content comes from the API; undefined for the others. */
  async #payloadOf(
    pod: Pod,
    { configMap, secret, downwardAPI, projected }: Volume,
  ): Promise<Payload | undefined> {
    if (configMap) return this.#configMapFiles(pod, { ...configMap, mode: configMap.defaultMode })
    if (secret) {
      return this.#secretFiles(pod, {
        ...secret,
        name: secret.secretName ?? '',
        mode: secret.defaultMode,
      })
    }
    if (downwardAPI) return this.#downward(pod, downwardAPI.items ?? [], downwardAPI.defaultMode)
    if (projected) return this.#projectedFiles(pod, projected)
    return undefined
  }

  async #projectedFiles(
    pod: Pod,
    { sources, defaultMode: mode }: ProjectedVolumeSource,
  ): Promise<Payload> {
    const files = new Map<string, { data: Uint8Array; mode: number }>()
    for (const { configMap, secret, downwardAPI, serviceAccountToken } of sources) {
      if (configMap)
        for (const [path, file] of await this.#configMapFiles(pod, { ...configMap, mode }))
          files.set(path, file)
      if (secret)
        for (const [path, file] of await this.#secretFiles(pod, { ...secret, mode }))
          files.set(path, file)
      if (downwardAPI)
        for (const [path, file] of this.#downward(pod, downwardAPI.items ?? [], mode))
          files.set(path, file)
      if (serviceAccountToken) {
        const { audience = '', expirationSeconds, path } = serviceAccountToken
        const { token, renewAtMs } = await this.#tokens.get(pod, audience, expirationSeconds)
        this.#renewAt(pod.metadata.uid, renewAtMs)
        // Whoever the containers run as must be able to read it; where that is known, nobody else needs to.
        const owner = commonUser(pod)
        const isKnown = owner !== undefined || pod.spec.securityContext?.fsGroup !== undefined
        files.set(path, {
          data: new TextEncoder().encode(token),
          mode: isKnown ? 0o600 : mode,
          ...(owner !== undefined && { owner }),
        })
      }
    }
    return files
  }

  async #configMapFiles(pod: Pod, source: FileSource): Promise<Payload> {
    const { namespace, uid } = pod.metadata
    const object = await this.#objects.read(ConfigMap, namespace, source.name, uid)
    if (!object && source.optional !== true)
      throw new Error(`configmap ${JSON.stringify(source.name)} not found`)
    return chosenFiles(object ? configMapData(object) : new Map(), {
      ...chosen(source),
      what: 'configmap',
    })
  }

  async #secretFiles(pod: Pod, source: FileSource): Promise<Payload> {
    const { namespace, uid } = pod.metadata
    const object = await this.#objects.read(Secret, namespace, source.name, uid)
    if (!object && source.optional !== true)
      throw new Error(`secret ${JSON.stringify(source.name)} not found`)
    return chosenFiles(object ? secretData(object) : new Map(), {
      ...chosen(source),
      what: 'secret',
    })
  }

  #downward(pod: Pod, items: Parameters<typeof downwardFiles>[0], mode: number): Payload {
    return downwardFiles(items, { pod, mode, allocatable: this.#options.allocatable?.() ?? {} })
  }

  async #write(pod: Pod, volume: Volume, payload: Payload): Promise<MountedVolume> {
    const hostPath = this.#volumeDir(pod, volume.name)
    if (!volume.configMap) await inMemory(hostPath)
    const group = pod.spec.securityContext?.fsGroup
    await writeAtomicDirectory(hostPath, payload, {
      clock: this.#options.clock,
      ...(group !== undefined && { group }),
    })
    return { hostPath, readOnly: true }
  }

  async #emptyDir(
    pod: Pod,
    name: string,
    { medium = '', sizeLimit }: EmptyDirVolumeSource,
  ): Promise<MountedVolume> {
    const hostPath = this.#volumeDir(pod, name)
    const isMade = (await mkdir(hostPath, { recursive: true })) !== undefined
    const isMemoryNew =
      medium === 'Memory' &&
      (await inMemory(hostPath, sizeLimit === undefined ? undefined : quantityValue(sizeLimit)))
    // Set at each start anew it would undo what containers did.
    if (isMade || isMemoryNew) await openToPod(hostPath, pod.spec.securityContext?.fsGroup)
    return { hostPath, readOnly: false }
  }

  /** A claim that is bound to a volume on this node. */
  async #claim(pod: Pod, claimName: string, readOnly: boolean): Promise<MountedVolume> {
    const { client } = this.#options
    const claim = await client.get(PersistentVolumeClaim, {
      namespace: pod.metadata.namespace,
      name: claimName,
    })
    if (claim.status.phase !== 'Bound' || !claim.spec.volumeName)
      throw new Error(`PVC ${pod.metadata.namespace}/${claimName} is not bound`)
    const { spec } = await client.get(PersistentVolume, { name: claim.spec.volumeName })
    const path = spec.hostPath?.path ?? spec.local?.path
    if (path === undefined) throw new Error('no volume plugin matched')
    if (spec.hostPath) await prepareHostPath(spec.hostPath)
    return { hostPath: path, readOnly }
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

  /** Looks again at the earliest time that any of the Pod's tokens names. */
  #renewAt(podUid: string, atMs: number): void {
    const { clock } = this.#options
    const set = this.#renewals.get(podUid)
    if (set && set.atMs > clock.now() && set.atMs <= atMs) return
    set?.timer[Symbol.dispose]()
    const delayMs = Math.max(1000, atMs - clock.now())
    this.#renewals.set(podUid, {
      atMs: clock.now() + delayMs,
      timer: clock.after(delayMs, () => this.#refreshSoon(podUid)),
    })
  }

  #podDir(podUid: string): string {
    return join(this.#options.dataDir, 'pods', podUid)
  }

  #volumeDir({ metadata }: Pod, name: string): string {
    return join(this.#podDir(metadata.uid), 'volumes', name)
  }
}

interface FileSource {
  readonly name: string
  readonly items?: Parameters<typeof chosenFiles>[1]['items']
  readonly optional?: boolean
  readonly mode: number
}

function chosen({ items, mode, optional = false }: FileSource) {
  return { items, mode, optional }
}

/** Everybody in the Pod may write, and where it has an fsGroup, new files belong to that group. */
async function openToPod(path: string, fsGroup: number | undefined): Promise<void> {
  if (fsGroup !== undefined) await chown(path, 0, fsGroup)
  await chmod(path, fsGroup === undefined ? 0o777 : 0o2777)
}

/** Mounts memory at a directory, and tells whether it did; what is on it must not reach a disk. */
async function inMemory(path: string, sizeBytes?: number): Promise<boolean> {
  await mkdir(path, { recursive: true })
  if (await isMounted(path)) return false
  await mountTmpfs(path, sizeBytes)
  return true
}

/** The user that all containers of a Pod run as, where the Pod says so. */
function commonUser({ spec }: Pod): number | undefined {
  const all = [...(spec.initContainers ?? []), ...spec.containers]
  const users = new Set(
    all.map(({ securityContext }) => securityContext?.runAsUser ?? spec.securityContext?.runAsUser),
  )
  return users.size === 1 ? [...users][0] : undefined
}

function expandStrictly(expression: string, environment: ReadonlyMap<string, string>): string {
  return expand(expression, (name) => {
    const value = environment.get(name)
    if (value === undefined) throw new Error(`missing value for ${JSON.stringify(name)}`)
    return value
  })
}

const PROPAGATION = {
  None: 'PROPAGATION_PRIVATE',
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const
