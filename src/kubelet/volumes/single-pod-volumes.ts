import type { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'

/** Volumes that one Pod alone may have (KEP-2485), which the scheduler sees to, and on a node whoever bypasses it. */
export class SinglePodVolumes {
  readonly #holders = new Map<string, string>()

  /** A Pod takes a volume. Throws upstream's words where another one has it. */
  take({ metadata: { name }, spec }: PersistentVolume, podUid: string): void {
    // With several modes nobody knows which of them the Pod wants.
    if (spec.accessModes?.length !== 1 || spec.accessModes[0] !== 'ReadWriteOncePod') return
    const holder = this.#holders.getOrInsert(name, podUid)
    if (holder !== podUid)
      throw new Error(
        'volume uses the ReadWriteOncePod access mode and is already in use by another pod',
      )
  }

  /** The Pod has none any more. */
  release(podUid: string): void {
    for (const [name, holder] of this.#holders) if (holder === podUid) this.#holders.delete(name)
  }
}
