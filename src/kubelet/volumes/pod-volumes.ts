import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Device, Mount } from '../cri/container-messages.ts'
import type { ImageSpec, Input } from '../cri/types.ts'
import type { CountedCertificate } from './pod-certificates.ts'

/** A volume that containers can mount. */
export interface MountedVolume {
  /** Where it is on the node; empty for an image volume and for a device. */
  readonly hostPath: string
  /** No container may write to it, whatever its mount says. */
  readonly readOnly: boolean
  /** A mount of its own, not a directory of the node's disk. */
  readonly isMount?: boolean
  /** The image of an image volume (KEP-4639), which the runtime mounts by itself. */
  readonly image?: Input<ImageSpec>
  /** The device of a block volume. */
  readonly devicePath?: string
}

/** How full a volume is that is not part of the node's own storage. */
export interface VolumeUsage {
  /** In the Pod. */
  readonly name: string
  /** The claim that it is used by, where there is one. */
  readonly pvcRef?: { readonly name: string; readonly namespace: string }
  readonly capacityBytes: number
  readonly availableBytes: number
  readonly usedBytes: number
  readonly inodes: number
  readonly inodesFree: number
  readonly inodesUsed: number
}

/** Volumes of a Pod by their names in the spec. */
export type MountedVolumes = ReadonlyMap<string, MountedVolume>

/** What the mounts of a container depend on besides its Pod. */
export interface ContainerFacts {
  readonly environment: ReadonlyMap<string, string>
  /** Whether its runtime can make mounts read-only with all that is mounted below them. */
  readonly recursiveReadOnly: boolean
  /** Whether its runtime can mount parts of images; one that cannot would mount the whole. */
  readonly imageSubPaths: boolean
}

/** The volumes of this node's Pods. */
export interface PodVolumes {
  /**
   * Makes all volumes of a Pod ready, or finds them ready. Rejects with upstream's words, such as
   * `MountVolume.SetUp failed for volume "x" : configmap "y" not found`; the caller tells the Pod's events and tries
   * again.
   */
  setUp(pod: Pod, signal: AbortSignal): Promise<MountedVolumes>
  /**
   * The mounts of a container, subPath and subPathExpr resolved (by its environment). Rejects with upstream's words
   * where one cannot be made; that is a CreateContainerConfigError.
   */
  containerMounts(
    pod: Pod,
    container: AnyContainer,
    mounted: MountedVolumes,
    facts: ContainerFacts,
  ): Promise<readonly Input<Mount>[]>
  /** The devices of a container's block volumes. Throws upstream's words where it mounts one, or there is none. */
  containerDevices(container: AnyContainer, mounted: MountedVolumes): readonly Input<Device>[]
  /** Brings what changed of the Pod (labels, annotations) and of what it refers to into its volumes. */
  refresh(pod: Pod): Promise<void>
  /** How full the persistent volumes of a Pod are. Those that cannot tell are left out. */
  usage(podUid: string): Promise<readonly VolumeUsage[]>
  /** The certificates in Pods' volumes, also those that are yet to come. */
  certificates(): readonly CountedCertificate[]
  /** Unmounts everything of a Pod and removes its volumes. No error where there is nothing. */
  tearDown(podUid: string): Promise<void>
  /** UIDs of all Pods that have something on this node; whoever knows which still live tears the others down. */
  orphans(): Promise<readonly string[]>
}
