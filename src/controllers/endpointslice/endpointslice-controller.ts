import { Node } from '../../api/core/v1/node.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { Service } from '../../api/core/v1/service.ts'
import { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { SERVICE_NAME_LABEL, serviceKeysOf } from '../../api/discovery/v1/service-name.ts'
import { equal } from '../../apimachinery/equality.ts'
import {
  controller,
  indexBy,
  watch,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import { podsByNode } from '../common/pod-indexes.ts'
import {
  hasEndpoint,
  HEADLESS_LABEL,
  isEndpointChange,
  isHeadless,
  podsOfService,
  servicesOfPod,
} from '../common/service-pods.ts'
import { addressTypesOf, groupEndpoints, isZoneAware } from './slice-endpoints.ts'
import { endpointSliceMetrics } from './slice-metrics.ts'
import { planSlices, type SlicesPlan } from './slices-plan.ts'
import { removeSlices, writeSlices } from './write-slices.ts'
import { withZoneHints, zoneFacts, zoneShares } from './zone-aware.ts'

export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by'
const MANAGED_BY = 'endpointslice-controller.k8s.io'

/** The slices of this controller, by their Service. */
const slicesByService = indexBy(EndpointSlice, 'service', (slice) =>
  slice.metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY ? serviceKeysOf(slice) : [],
)

const zoneAwareServices = indexBy(Service, 'zoneAware', (service) =>
  isZoneAware(service) ? [''] : [],
)

/** Publishes the Pods behind each Service that selects some, in EndpointSlices. */
export const endpointSliceController: Controller = controller('endpointslice-controller', {
  eventSource: 'endpoint-slice-controller',
  queueName: 'endpoint_slice',
  for: Service,
  watches: [
    watch(Pod, servicesOfPod, isEndpointChange),
    watch(EndpointSlice, ({ metadata }) => {
      const service = metadata.labels?.[SERVICE_NAME_LABEL]
      const isOurs = metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY
      return service !== undefined && isOurs
        ? [{ namespace: metadata.namespace, name: service }]
        : []
    }),
    watch(
      Node,
      ({ metadata }, cache) =>
        cache.find(podsByNode, metadata.name).flatMap((pod) => servicesOfPod(pod, cache)),
      (after, before) => !equal(after.metadata.labels, before.metadata.labels),
    ),
    watch(
      Node,
      (_, cache) => cache.find(zoneAwareServices, '').map(({ metadata }) => metadata),
      (after, before) => !equal(zoneFacts(after), zoneFacts(before)),
    ),
  ],

  async reconcile(service, pass) {
    const { metadata, spec } = service
    if (metadata.deletionTimestamp !== undefined) return
    // Without a selector, somebody else takes care of the endpoints.
    if (!spec.selector || spec.type === 'ExternalName') return
    const owner = { owner: service, labels: labelsOf(service) }
    const plan = planFor(service, pass)
    const failure = await writeSlices(plan, owner, pass)
    const counts = pass.metrics.own(endpointSliceMetrics)
    counts.syncs.with(failure ? 'error' : 'success').inc()
    if (!failure) return counts.changed(plan)
    const { namespace, name } = metadata
    const message = `Error updating Endpoint Slices for Service ${namespace}/${name}: ${failure.message}`
    pass.events.warning(service, 'FailedToUpdateEndpointSlices', message)
    throw failure
  },

  async gone({ namespace = '', name }, pass) {
    // The garbage collector takes slices by their owner; those that lost it go here.
    const slices = pass.cache.find(slicesByService, `${namespace}/${name}`)
    const failure = await removeSlices(slices, pass)
    if (failure) throw failure
  },
})

function planFor(service: Service, { cache, events }: Pass): SlicesPlan {
  const { namespace, name } = service.metadata
  const pods = podsOfService(service, cache).filter((pod) => hasEndpoint(pod, true))
  const nodeOf = (node: string): Node | undefined => cache.get(Node, { name: node })
  const existing = cache.find(slicesByService, `${namespace}/${name}`)
  const labels = labelsOf(service)
  const isStale = ({ metadata }: EndpointSlice): boolean => !equal(metadata.labels, labels)
  const types = addressTypesOf(service)
  const shares = isZoneAware(service) ? zoneShares(cache.list(Node)) : undefined
  const plans = types.map((type) => {
    const slices = existing.filter(({ addressType }) => addressType === type)
    const found = groupEndpoints(service, type, pods, nodeOf)
    if (!isZoneAware(service)) return planSlices(type, found, slices, isStale)
    const { groups, event } = withZoneHints(type, found, slices, shares)
    if (event?.type === 'Normal') events.normal(service, event.reason, event.message)
    if (event?.type === 'Warning') events.warning(service, event.reason, event.message)
    return planSlices(type, groups, slices, isStale)
  })
  const unsupported = existing.filter(
    ({ addressType }) => !types.some((type) => type === addressType),
  )
  return {
    create: plans.flatMap(({ create }) => create),
    update: plans.flatMap(({ update }) => update),
    remove: [...plans.flatMap((plan) => plan.remove), ...unsupported],
  }
}

/** The Service's own labels, and those that tell whose slice it is. */
function labelsOf(service: Service): Readonly<Record<string, string>> {
  const { [HEADLESS_LABEL]: _, ...own } = service.metadata.labels ?? {}
  return {
    ...own,
    [SERVICE_NAME_LABEL]: service.metadata.name,
    [MANAGED_BY_LABEL]: MANAGED_BY,
    ...(isHeadless(service) && { [HEADLESS_LABEL]: '' }),
  }
}
