import type { Pod } from './pod.ts'

/** A volume of a Pod that is a claim. */
export interface PodClaim {
  readonly volumeName: string
  readonly claimName: string
  /** The claim is made for this Pod and goes with it (KEP-1698). */
  readonly isEphemeral: boolean
}

/** The claims that a Pod uses, those of its ephemeral volumes included: they are named after Pod and volume. */
export function claimsOfPod({
  metadata,
  spec,
}: Pick<Pod, 'metadata' | 'spec'>): readonly PodClaim[] {
  return (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }): PodClaim[] => {
    if (persistentVolumeClaim) {
      const { claimName } = persistentVolumeClaim
      return [{ volumeName: name, claimName, isEphemeral: false }]
    }
    const claimName = `${metadata.name}-${name}`
    return ephemeral ? [{ volumeName: name, claimName, isEphemeral: true }] : []
  })
}
