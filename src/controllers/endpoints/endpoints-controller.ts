import { Endpoints } from '../../api/core/v1/endpoints.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { Service } from '../../api/core/v1/service.ts'
import { equal } from '../../apimachinery/equality.ts'
import { isForbidden } from '../../apimachinery/status-predicates.ts'
import { controller, watch, type Controller, type Pass } from '../../controller-runtime/index.ts'
import type { Input } from '../../schema/message.ts'
import {
  HEADLESS_LABEL,
  isEndpointChange,
  isHeadless,
  podsOfService,
  servicesOfPod,
} from '../common/service-pods.ts'
import { unlessGone } from '../common/unless-gone.ts'
import { planEndpoints, type EndpointsPlan } from './endpoints-plan.ts'

const MANAGED_BY_LABEL = 'endpoints.kubernetes.io/managed-by'
const MANAGED_BY = 'endpoint-controller'
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity'

/** Publishes the Pods behind each Service that selects some, in one Endpoints object: what old clients read. */
export const endpointsController: Controller = controller('endpoints-controller', {
  eventSource: 'endpoint-controller',
  queueName: 'endpoint',
  for: Service,
  watches: [
    watch(Pod, servicesOfPod, isEndpointChange),
    watch(Endpoints, ({ metadata }) => [metadata]),
  ],

  async reconcile(service, pass) {
    if (!service.spec.selector) return
    const before = pass.cache.get(Endpoints, service.metadata)
    const plan = planEndpoints(service, podsOfService(service, pass.cache))
    const wanted = endpointsObject(service, plan, before)
    if (before && isSame(before, wanted)) return
    try {
      if (before) await pass.client.update(Endpoints, withContent(before, wanted))
      else await pass.client.create(Endpoints, wanted)
    } catch (error) {
      // A namespace that goes away takes no new objects, and needs none.
      if (!before && isForbidden(error)) return
      const what = before ? 'update' : 'create'
      const { namespace, name } = service.metadata
      const message = `Failed to ${what} endpoint ${namespace}/${name}: ${(error as Error).message}`
      pass.events.warning(service, `FailedTo${before ? 'Update' : 'Create'}Endpoint`, message)
      throw error
    }
  },

  async gone(key, pass) {
    const endpoints = pass.cache.get(Endpoints, key)
    if (endpoints?.metadata.labels?.[MANAGED_BY_LABEL] !== MANAGED_BY) return
    await remove(endpoints, pass)
  },
})

function endpointsObject(
  service: Service,
  { subsets, isTruncated }: EndpointsPlan,
  before: Endpoints | undefined,
): Input<Endpoints> {
  const { namespace, name, labels: own } = service.metadata
  const labels = {
    ...own,
    [MANAGED_BY_LABEL]: MANAGED_BY,
    ...(isHeadless(service) && { [HEADLESS_LABEL]: '' }),
  }
  const { [OVER_CAPACITY]: _, ...kept } = before?.metadata.annotations ?? {}
  const annotations = { ...kept, ...(isTruncated && { [OVER_CAPACITY]: 'truncated' }) }
  return {
    metadata: {
      ...before?.metadata,
      namespace,
      name,
      labels,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    ...(subsets.length > 0 && { subsets }),
  }
}

function withContent(before: Endpoints, { metadata, subsets }: Input<Endpoints>): Endpoints {
  const { subsets: _, ...rest } = before
  return {
    ...rest,
    metadata: metadata as Endpoints['metadata'],
    ...(subsets && { subsets }),
  } as Endpoints
}

function isSame(before: Endpoints, wanted: Input<Endpoints>): boolean {
  const { labels, annotations } = wanted.metadata ?? {}
  return (
    equal(before.subsets ?? [], wanted.subsets ?? []) &&
    equal(before.metadata.labels, labels) &&
    equal(before.metadata.annotations?.[OVER_CAPACITY], annotations?.[OVER_CAPACITY])
  )
}

async function remove({ metadata }: Endpoints, pass: Pass): Promise<void> {
  await unlessGone(pass.client.delete(Endpoints, metadata))
}
