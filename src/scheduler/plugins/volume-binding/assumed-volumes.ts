import type { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import type { PersistentVolume } from '../../../api/core/v1/persistent-volume.ts'

/** What is to be done for a Pod's claims on one node. */
export interface PodVolumes {
  readonly bindings: readonly Binding[]
  /** Claims for which somebody else makes a volume that the node can reach. */
  readonly provisions: readonly PersistentVolumeClaim[]
}

export interface Binding {
  readonly claim: PersistentVolumeClaim
  readonly volume: PersistentVolume
}

/** Decisions that the API server does not show yet, so that the next Pod does not take the same volume. */
export class AssumedVolumes {
  /** The claim's uid, by the volume's name. */
  readonly #claimOf = new Map<string, string>()
  /** The node for which a volume is made, by the claim's uid. */
  readonly #nodeOf = new Map<string, string>()

  assume({ bindings, provisions }: PodVolumes, nodeName: string): void {
    for (const { claim, volume } of bindings) {
      this.#claimOf.set(volume.metadata.name, claim.metadata.uid)
    }
    for (const { metadata } of provisions) this.#nodeOf.set(metadata.uid, nodeName)
  }

  /** Forgets what was assumed: it did not come about, or all can see it now. */
  forget({ bindings, provisions }: PodVolumes): void {
    for (const { claim, volume } of bindings) {
      const { name } = volume.metadata
      if (this.#claimOf.get(name) === claim.metadata.uid) this.#claimOf.delete(name)
    }
    for (const { metadata } of provisions) this.#nodeOf.delete(metadata.uid)
  }

  /** Whether the volume is to be another claim's. */
  isTaken({ metadata }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
    const owner = this.#claimOf.get(metadata.name)
    return owner !== undefined && owner !== claim.metadata.uid
  }

  nodeOf({ metadata }: PersistentVolumeClaim): string | undefined {
    return this.#nodeOf.get(metadata.uid)
  }
}
