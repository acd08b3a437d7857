import type { Pod } from '../../api/core/v1/pod.ts'
import type { Volume } from '../../api/core/v1/volume.ts'
import type { ClaimedVolume } from './claimed-volume.ts'
import type { VolumeUsage } from './pod-volumes.ts'

type Measure = () => Promise<Omit<VolumeUsage, 'name' | 'pvcRef'> | undefined>

/** How full persistent volumes are: measured when somebody asks. */
export class VolumeUsages {
  /** By Pod and then by volume. */
  readonly #measures = new Map<string, Map<string, () => Promise<VolumeUsage | undefined>>>()

  /** Notes how a volume of a Pod is measured. */
  set(
    { metadata: { uid } }: Pod,
    { name }: Volume,
    claimed: ClaimedVolume | undefined,
    measure: Measure,
  ): void {
    const { namespace = '', name: claimName = '' } = claimed?.claim.metadata ?? {}
    this.#measures.getOrInsert(uid, new Map()).set(name, async () => {
      const numbers = await measure()
      if (!numbers) return undefined
      return { name, ...(claimed && { pvcRef: { name: claimName, namespace } }), ...numbers }
    })
  }

  /** Those of a Pod, but for volumes that cannot tell. */
  async of(podUid: string): Promise<readonly VolumeUsage[]> {
    const known = [...(this.#measures.get(podUid)?.values() ?? [])]
    const all = await Promise.all(known.map((measure) => measure().catch(() => undefined)))
    return all.filter((each) => each !== undefined)
  }

  forget(podUid: string): void {
    this.#measures.delete(podUid)
  }
}
