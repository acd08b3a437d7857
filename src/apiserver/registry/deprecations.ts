import type { ResourceInfo } from '../../schema/resource.ts'

/** By API version and kind: since when, until when, and what to use instead (the deprecations of 1.36). */
const DEPRECATED: Readonly<Record<string, string>> = {
  'v1 ComponentStatus': 'v1 ComponentStatus is deprecated in v1.19+',
  'v1 Endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  'certificates.k8s.io/v1alpha1 ClusterTrustBundle':
    'certificates.k8s.io/v1alpha1 ClusterTrustBundle is deprecated in v1.34+, unavailable in v1.37+',
  'storage.k8s.io/v1beta1 VolumeAttributesClass':
    'storage.k8s.io/v1beta1 VolumeAttributesClass is deprecated in v1.34+, unavailable in v1.37+; use storage.k8s.io/v1 VolumeAttributesClass',
}

/** What to tell whoever uses a kind that will go away. */
export function deprecationWarning({ group, version, kind }: ResourceInfo): string | undefined {
  return DEPRECATED[`${group === '' ? version : `${group}/${version}`} ${kind}`]
}
