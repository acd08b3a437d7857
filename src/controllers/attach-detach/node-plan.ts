import type { Node } from '../../api/core/v1/node.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { VolumeAttachment } from '../../api/storage/v1/volume-attachment.ts'
import { isNodeReady, isOutOfService } from '../common/node-health.ts'
import { CONTROLLER_MANAGED, uniqueName } from '../../api/storage/v1/csi-attachment.ts'
import type { CsiVolume } from './csi-volumes.ts'

/** How long a node that is not ready has to give a volume back before that is taken from it. */
export const UNMOUNT_MS_MAX = 360_000

/** A volume that Pods of a node want there. */
export interface WantedVolume {
  readonly volume: CsiVolume
  readonly pods: readonly Pod[]
}

/** An attachment of this controller's to the node. */
export interface Attached {
  readonly attachment: VolumeAttachment
  /** Undefined where the PersistentVolume is gone. */
  readonly volume: CsiVolume | undefined
  /** For how long nobody has wanted it. */
  readonly unwantedMs: number
}

export interface NodeVolumes {
  /** Undefined where it is gone. */
  readonly node: Node | undefined
  /** By the names of the PersistentVolumes. */
  readonly wanted: ReadonlyMap<string, WantedVolume>
  readonly attached: readonly Attached[]
  /** Whether another node has a volume. */
  readonly isElsewhere: (volume: CsiVolume) => boolean
}

/** An attachment that is to end. */
export interface Detachment {
  readonly attachment: VolumeAttachment
  /** Why the node is not asked whether it has given the volume back; undefined where it is. */
  readonly forced: 'timeout' | 'out-of-service' | undefined
}

export interface NodePlan {
  readonly attach: readonly WantedVolume[]
  /** Wanted, but another node has it, and only one may. */
  readonly blocked: readonly WantedVolume[]
  readonly detach: readonly Detachment[]
  /** Attached and to stay so. */
  readonly ready: readonly WantedVolume[]
  /** What the node is to be told that it has, by unique name. */
  readonly volumesAttached: readonly string[]
  /** When to look again, since then a volume will be taken from the node; undefined where only a change matters. */
  readonly waitMs: number | undefined
}

/** What to attach to a node, and what to take from it. */
export function planNode({ node, wanted, attached, isElsewhere }: NodeVolumes): NodePlan {
  const has = new Set(attached.map(({ attachment }) => volumeName(attachment)))
  const missing = [...wanted].filter(([name]) => !has.has(name)).map(([, each]) => each)
  const [attach, blocked] = partition(
    missing,
    ({ volume }) => volume.isShared || !isElsewhere(volume),
  )
  const unwanted = attached.filter(
    ({ attachment }) => !isLeaving(attachment) && !wanted.has(volumeName(attachment)),
  )
  const [leaving, waiting] = partition(unwanted, (each) => isDetachable(each, node))
  const gone = new Set(leaving.map(({ attachment }) => attachment))
  const kept = attached.filter(
    ({ attachment }) =>
      attachment.status.attached && !isLeaving(attachment) && !gone.has(attachment),
  )
  return {
    attach,
    blocked,
    detach: leaving.map((each) => ({
      attachment: each.attachment,
      forced: node && forcedBy(each, node),
    })),
    ready: kept.flatMap(({ attachment }) => wanted.get(volumeName(attachment)) ?? []),
    volumesAttached: kept.flatMap(({ volume }) => (volume ? [uniqueName(volume)] : [])).toSorted(),
    waitMs: node && !isNodeReady(node) ? earliest(waiting) : undefined,
  }
}

/** Whether a node leaves it to this controller which volumes it has. */
export function isManaged({ metadata }: Node): boolean {
  return metadata.annotations?.[CONTROLLER_MANAGED] === 'true'
}

export function volumeName({ spec }: VolumeAttachment): string {
  return spec.source.persistentVolumeName ?? ''
}

function isLeaving({ metadata }: VolumeAttachment): boolean {
  return metadata.deletionTimestamp !== undefined
}

/** Whether the node has no use for a volume any more, or will never say so. */
function isDetachable({ volume, unwantedMs }: Attached, node: Node | undefined): boolean {
  if (!node || !volume || forcedBy({ unwantedMs }, node)) return true
  return !node.status.volumesInUse?.includes(uniqueName(volume))
}

function forcedBy({ unwantedMs }: Pick<Attached, 'unwantedMs'>, node: Node): Detachment['forced'] {
  if (!isNodeReady(node) && unwantedMs >= UNMOUNT_MS_MAX) return 'timeout'
  return isOutOfService(node) ? 'out-of-service' : undefined
}

function earliest(waiting: readonly Attached[]): number | undefined {
  if (waiting.length === 0) return undefined
  return UNMOUNT_MS_MAX - Math.max(...waiting.map(({ unwantedMs }) => unwantedMs))
}

function partition<T>(
  items: readonly T[],
  test: (item: T) => boolean,
): readonly [readonly T[], readonly T[]] {
  return [items.filter(test), items.filter((each) => !test(each))]
}
