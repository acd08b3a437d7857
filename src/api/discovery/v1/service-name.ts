import type { EndpointSlice } from './endpoint-slice.ts'

/** The label of an EndpointSlice that names its Service. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'

/** `NAMESPACE/NAME` of the Service that an EndpointSlice belongs to, to find slices by; nothing where it has none. */
export function serviceKeysOf({ metadata }: EndpointSlice): readonly string[] {
  const name = metadata.labels?.[SERVICE_NAME_LABEL]
  return name === undefined ? [] : [`${metadata.namespace}/${name}`]
}
