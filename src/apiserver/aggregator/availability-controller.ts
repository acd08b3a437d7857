import { APIService } from '../../api/apiregistration/v1/api-service.ts'
import { Service } from '../../api/core/v1/service.ts'
import { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { SERVICE_NAME_LABEL, serviceKeysOf } from '../../api/discovery/v1/service-name.ts'
import { equal } from '../../apimachinery/equality.ts'
import { timestamp } from '../../base/clock.ts'
import type { ObjectKey } from '../../client/client.ts'
import {
  controller,
  done,
  indexBy,
  requeueAfter,
  watch,
  type Controller,
  type Pass,
  type PassCache,
} from '../../controller-runtime/index.ts'
import { checkService } from './availability.ts'
import type { AvailabilityMetrics } from './availability-metrics.ts'
import { withAvailable, type Finding } from './conditions.ts'
import { describe, stale, type DescribeOptions } from './describe.ts'
import { checkDiscovery } from './discovery-check.ts'
import { UNKNOWN } from './external-versions.ts'
import type { ExtensionOptions } from './extension-calls.ts'

// Networks fail without an event.
const RECHECK_MS = 30_000
// While it cannot be reached, a server may come up at any moment.
const RETRY_MS = 1000

export interface AvailabilityOptions extends DescribeOptions {
  readonly metrics?: { readonly availability: AvailabilityMetrics } | undefined
}

/** Finds out whether the servers of APIServices can be reached, and what they have. */
export function availabilityController(options: AvailabilityOptions): Controller {
  const { external } = options.registry
  const metrics = options.metrics?.availability
  return controller('RemoteAvailabilityController', {
    for: APIService,
    changed: (after, before) => !equal(after.spec, before.spec),
    watches: [
      watch(Service, ({ metadata }, cache) => registered(metadata, cache)),
      watch(EndpointSlice, ({ metadata }, cache) =>
        registered(
          { namespace: metadata.namespace, name: metadata.labels?.[SERVICE_NAME_LABEL] ?? '' },
          cache,
        ),
      ),
    ],
    async reconcile(service, pass) {
      if (!service.spec.service) return done
      const finding = await check(service, pass, options)
      metrics?.found(service, finding)
      const isThere = finding.status === 'True'
      const { group = '', version = '' } = service.spec
      const known = external.find(group, version)?.described ?? UNKNOWN
      const described = isThere
        ? await describe(service, known, pass.signal, options)
        : stale(known)
      external.describe(group, version, described)
      const next = withAvailable(service, finding, timestamp(pass.clock))
      // Discovery is there before the condition says so.
      if (next !== service) await pass.client.updateStatus(APIService, next)
      const isUnreached = finding.reason === 'FailedDiscoveryCheck'
      return requeueAfter(isUnreached ? RETRY_MS : RECHECK_MS)
    },
    gone: async ({ name }) => metrics?.forget(name),
  })
}

async function check(
  service: APIService,
  { cache, signal }: Pass,
  options: ExtensionOptions,
): Promise<Finding> {
  const { namespace = '', name = '' } = service.spec.service ?? {}
  const slices = cache.find(SLICES, `${namespace}/${name}`)
  const finding = checkService(service, cache.get(Service, { namespace, name }), slices)
  return finding ?? (await checkDiscovery(service, signal, options))
}

const SLICES = indexBy(EndpointSlice, 'service', serviceKeysOf)

const BY_SERVICE = indexBy(APIService, 'service', ({ spec: { service } }) =>
  service ? [`${service.namespace}/${service.name}`] : [],
)

function registered({ namespace, name }: ObjectKey, cache: PassCache): readonly ObjectKey[] {
  return cache
    .find(BY_SERVICE, `${namespace}/${name}`)
    .map(({ metadata }) => ({ name: metadata.name }))
}
