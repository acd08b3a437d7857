import type { Pod } from '../../api/core/v1/pod.ts'
import type { ProjectedVolumeSource } from '../../api/core/v1/volume-source.ts'
import type { Volume } from '../../api/core/v1/volume.ts'

const ROOT_CA = 'kube-root-ca.crt' // In every namespace.

/**
 * Whether all volumes of a Pod can be made without anything that may be missing, so that its sandbox need not wait for
 * them. Where something may, there is to be no sandbox before it is there.
 */
export function hasSureVolumes({ spec }: Pick<Pod, 'spec'>): boolean {
  return (spec.volumes ?? []).every(isSure)
}

function isSure({ emptyDir, downwardAPI, projected }: Volume): boolean {
  if (projected) return (projected.sources ?? []).every(isSureSource)
  return emptyDir !== undefined || downwardAPI !== undefined
}

type Source = NonNullable<ProjectedVolumeSource['sources']>[number]

function isSureSource({ serviceAccountToken, downwardAPI, configMap }: Source): boolean {
  if (configMap) return configMap.optional === true || configMap.name === ROOT_CA
  return serviceAccountToken !== undefined || downwardAPI !== undefined
}
