import type { PodStats } from '../stats/summary.ts'
import type { Signal } from './signals.ts'

/**
 * Where the node's own files (`nodefs`), images (`imagefs`) and what containers write (`containerfs`) are: all on one
 * disk; images and containers on another; or images alone on another (KEP-4191).
 */
export type DiskLayout = 'one' | 'images and containers' | 'images'

interface Disk {
  /** Of the file system. */
  readonly device: number
}

export function diskLayout(
  nodefs: Disk,
  imagefs: Disk | undefined,
  containerfs: Disk | undefined,
): DiskLayout {
  if (!imagefs || imagefs.device === nodefs.device) return 'one'
  return containerfs?.device === nodefs.device ? 'images' : 'images and containers'
}

/** Whether removing images frees what a signal is about. */
export function isFreedByImages(layout: DiskLayout, signal: Signal): boolean {
  return layout === 'one' || signal.startsWith('imagefs')
}

type Amounts = Readonly<Record<'bytes' | 'inodes', number>>

/** What a Pod takes of the disk that a signal is about. */
export function diskUse(
  layout: DiskLayout,
  signal: Signal,
  { containers, 'ephemeral-storage': all }: Pick<PodStats, 'containers' | 'ephemeral-storage'>,
): Amounts {
  const whole = { bytes: all?.usedBytes ?? 0, inodes: all?.inodesUsed ?? 0 }
  if (layout === 'one') return whole
  const isOfImages = signal.startsWith('imagefs')
  if (layout === 'images') return isOfImages ? { bytes: 0, inodes: 0 } : whole
  const written = {
    bytes: sum(containers.map(({ rootfs }) => rootfs?.usedBytes)),
    inodes: sum(containers.map(({ rootfs }) => rootfs?.inodesUsed)),
  }
  if (isOfImages) return written
  return { bytes: whole.bytes - written.bytes, inodes: whole.inodes - written.inodes }
}

function sum(amounts: readonly (number | undefined)[]): number {
  return amounts.reduce<number>((total, each = 0) => total + each, 0)
}
