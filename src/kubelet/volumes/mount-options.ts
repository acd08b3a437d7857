import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'

export type VolumeMount = NonNullable<AnyContainer['volumeMounts']>[number]

/** Where a volume is mounted, as the runtime has it. */
export function containerPath({ mountPath }: Pick<VolumeMount, 'mountPath'>): string {
  return mountPath.startsWith('/') ? mountPath : `/${mountPath}`
}

/**
 * Whether what is mounted below a read-only mount is to be read-only too (KEP-3857). Throws upstream's words where that
 * must be so and the runtime cannot do it.
 */
export function isRecursivelyReadOnly(
  { name, recursiveReadOnly: wanted = 'Disabled' }: VolumeMount,
  isSupported: boolean,
): boolean {
  if (wanted === 'Disabled') return false
  if (wanted === 'Enabled' && !isSupported)
    throw new Error(
      `volume ${JSON.stringify(name)} requested recursive read-only mode, but it is not supported by the runtime`,
    )
  return isSupported
}
