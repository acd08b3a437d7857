import { Endpoints } from '../../api/core/v1/endpoints.ts'
import { Service } from '../../api/core/v1/service.ts'
import { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { SERVICE_NAME_LABEL, serviceKeysOf } from '../../api/discovery/v1/service-name.ts'
import { equal } from '../../apimachinery/equality.ts'
import type { MetricSet } from '../../base/metrics.ts'
import {
  controller,
  indexBy,
  watch,
  type Controller,
  type PassCache,
} from '../../controller-runtime/index.ts'
import { MANAGED_BY_LABEL } from '../endpointslice/endpointslice-controller.ts'
import { planSlices, type SlicesPlan } from '../endpointslice/slices-plan.ts'
import { sliceMetrics, type SliceMetrics } from '../endpointslice/slice-metrics.ts'
import { removeSlices, writeSlices } from '../endpointslice/write-slices.ts'
import { mirrorGroups } from './mirror-plan.ts'

const MANAGED_BY = 'endpointslicemirroring-controller.k8s.io'
const SKIP_MIRROR_LABEL = 'endpointslice.kubernetes.io/skip-mirror'
const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader'
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const slicesByService = indexBy(EndpointSlice, 'mirrored', (slice) =>
  slice.metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY ? serviceKeysOf(slice) : [],
)

/** Mirrors Endpoints that people wrote for a Service without a selector into EndpointSlices. */
export const endpointSliceMirroringController: Controller = controller(
  'endpointslice-mirroring-controller',
  {
    queueName: 'endpoint_slice_mirroring',
    for: Endpoints,
    watches: [
      watch(Service, ({ metadata }) => [metadata]),
      watch(EndpointSlice, ({ metadata }) =>
        metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY
          ? [{ namespace: metadata.namespace, name: metadata.labels[SERVICE_NAME_LABEL] ?? '' }]
          : [],
      ),
    ],

    async reconcile(endpoints, pass) {
      const { namespace, name } = endpoints.metadata
      const existing = pass.cache.find(slicesByService, `${namespace}/${name}`)
      const plan = isMirrored(endpoints, pass.cache)
        ? planFor(endpoints, existing)
        : { create: [], update: [], remove: existing }
      const labels = labelsOf(endpoints)
      const annotations = annotationsOf(endpoints)
      const failure = await writeSlices(plan, { owner: endpoints, labels, annotations }, pass)
      if (!failure) return pass.metrics.own(mirrorMetrics).changed(plan)
      const message = `Error updating Endpoint Slices for Endpoints ${namespace}/${name}: ${failure.message}`
      pass.events.warning(endpoints, 'FailedToUpdateEndpointSlices', message)
      throw failure
    },

    async gone({ namespace = '', name }, pass) {
      const left = pass.cache.find(slicesByService, `${namespace}/${name}`)
      const failure = await removeSlices(left, pass)
      if (failure) throw failure
    },
  },
)

function isMirrored({ metadata }: Endpoints, cache: PassCache): boolean {
  if (metadata.deletionTimestamp !== undefined) return false
  if (metadata.labels?.[SKIP_MIRROR_LABEL] === 'true') return false
  if (metadata.annotations?.[LEADER_ANNOTATION] !== undefined) return false
  const service = cache.get(Service, metadata)
  return service !== undefined && !service.spec.selector
}

function planFor(endpoints: Endpoints, existing: readonly EndpointSlice[]): SlicesPlan {
  const labels = labelsOf(endpoints)
  const annotations = annotationsOf(endpoints)
  const isStale = ({ metadata }: EndpointSlice): boolean =>
    !equal(metadata.labels, labels) || !equal(metadata.annotations ?? {}, annotations)
  const plans = (['IPv4', 'IPv6'] as const).flatMap((type) => {
    const groups = mirrorGroups(endpoints, type)
    const slices = existing.filter(({ addressType }) => addressType === type)
    // Unlike a Service with Pods, nothing needs to be told of nothing.
    if (groups.length === 0) return { create: [], update: [], remove: slices }
    return planSlices(type, groups, slices, isStale)
  })
  return {
    create: plans.flatMap(({ create }) => create),
    update: plans.flatMap(({ update }) => update),
    remove: plans.flatMap((plan) => plan.remove),
  }
}

function labelsOf({ metadata }: Endpoints): Readonly<Record<string, string>> {
  return {
    ...metadata.labels,
    [SERVICE_NAME_LABEL]: metadata.name,
    [MANAGED_BY_LABEL]: MANAGED_BY,
  }
}

function annotationsOf({ metadata }: Endpoints): Readonly<Record<string, string>> {
  const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations ?? {}
  return annotations
}

const mirrorMetrics = (set: MetricSet): SliceMetrics =>
  sliceMetrics(set, 'endpoint_slice_mirroring_controller')
