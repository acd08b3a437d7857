import { changeField, changeItems, withField, withFields } from '../../change.ts'
import type { Container } from './container.ts'
import type { PodSpec } from './pod-spec.ts'
import type { VolumeProjection } from './volume-source.ts'
import type { Volume } from './volume.ts'

/** Fields of features that are off by default in 1.36: dropped, unless the old object has them already. */
export function withoutDisabledFields(spec: PodSpec, old?: PodSpec): PodSpec {
  if (old && isUsing(old)) return spec
  if (!isUsing(spec)) return spec
  return withFields(spec, {
    schedulingGroup: undefined,
    volumes: spec.volumes && changeItems(spec.volumes, withoutProjections),
    containers: changeItems(spec.containers, withoutStopSignal),
    initContainers: spec.initContainers && changeItems(spec.initContainers, withoutStopSignal),
  })
}

function isUsing(spec: PodSpec): boolean {
  return (
    spec.schedulingGroup !== undefined ||
    [...spec.containers, ...(spec.initContainers ?? [])].some(
      ({ lifecycle }) => lifecycle?.stopSignal !== undefined,
    ) ||
    (spec.volumes ?? []).some(({ projected }) => projected?.sources.some(isDisabled))
  )
}

function isDisabled({ clusterTrustBundle, podCertificate }: VolumeProjection): boolean {
  return clusterTrustBundle !== undefined || podCertificate !== undefined
}

function withoutProjections(volume: Volume): Volume {
  return changeField(volume, 'projected', (projected) =>
    withField(
      projected,
      'sources',
      changeItems(projected.sources, (source) =>
        withFields(source, { clusterTrustBundle: undefined, podCertificate: undefined }),
      ),
    ),
  )
}

function withoutStopSignal(container: Container): Container {
  return changeField(container, 'lifecycle', (lifecycle) => {
    const rest = withField(lifecycle, 'stopSignal', undefined)
    return Object.keys(rest).length === 0 ? undefined : rest
  })
}
