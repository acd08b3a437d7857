import { EndpointSlice } from '../api/discovery/v1/endpoint-slice.ts'
import { serviceKeysOf } from '../api/discovery/v1/service-name.ts'
import { Service } from '../api/core/v1/service.ts'
import { indexBy } from '../client/object-cache.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import { canonicalAddress, type ClusterView } from './zone.ts'

const slicesByService = indexBy(EndpointSlice, 'dns-service', serviceKeysOf)
const slicesByAddress = indexBy(EndpointSlice, 'dns-address', ({ endpoints, metadata }) =>
  // Only headless Services' endpoints have names; others are reached through their Service.
  metadata.labels?.['service.kubernetes.io/headless'] === undefined
    ? []
    : endpoints.flatMap(({ addresses }) => addresses.map(canonicalAddress)),
)
const servicesByAddress = indexBy(Service, 'dns-address', ({ spec }) =>
  (spec.clusterIPs ?? []).filter((each) => each !== 'None').map(canonicalAddress),
)

/** The cluster as its DNS sees it, from informers. */
export function clusterViewOf(informers: SharedInformers): ClusterView {
  const services = informers.informer(Service).cache
  const slices = informers.informer(EndpointSlice).cache
  return {
    service: (namespace, name) => services.get({ namespace, name }),
    slices: (namespace, name) => slices.find(slicesByService, `${namespace}/${name}`),
    hasServices: (namespace) => services.list(namespace).length > 0,
    serviceByAddress: (address) => services.find(servicesByAddress, address)[0],
    slicesByAddress: (address) => slices.find(slicesByAddress, address),
  }
}
