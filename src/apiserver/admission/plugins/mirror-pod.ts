import type { Pod } from '../../../api/core/v1/pod.ts'

/** A Pod with this annotation only shows what its node runs by itself, without being asked by the API server. */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'

export function isMirrorPod({ metadata }: Pick<Pod, 'metadata'>): boolean {
  return metadata.annotations?.[MIRROR_ANNOTATION] !== undefined
}
