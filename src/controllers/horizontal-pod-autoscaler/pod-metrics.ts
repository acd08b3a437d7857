import type { Pod } from '../../api/core/v1/pod.ts'
import type { PodMetrics as Metrics } from '../../api/metrics/v1beta1/pod-metrics.ts'
import { parseDuration } from '../../apimachinery/durations.ts'
import { dynamicClass } from '../../client/dynamic-class.ts'
import type { Pass } from '../../controller-runtime/index.ts'
import { quantityMilliValue } from '../../schema/quantity.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { NoMetricsError, type Usage } from './replica-calculation.ts'

type PodMetrics = Metrics & { readonly metadata: { readonly name: string } }

// Served by whoever measures, not by this project's types.
const PodMetrics = dynamicClass({
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  kind: 'PodMetrics',
  plural: 'pods',
  namespaced: true,
}) as unknown as ResourceClass<PodMetrics>

export interface Measured {
  readonly resource: string
  /** Only this container counts, where it is given. */
  readonly container?: string
}

/** What the Pods of a selector use now. */
export async function readUsages(
  namespace: string,
  labelSelector: string,
  measured: Measured,
  { client }: Pass,
): Promise<(pod: Pod) => Usage | undefined> {
  const { items } = await client.list(PodMetrics, { namespace, labelSelector })
  if (items.length === 0) throw new NoMetricsError('no metrics returned from resource metrics API')
  const usages = new Map(items.map((each) => [each.metadata.name, usageOf(each, measured)]))
  return (pod) => usages.get(pod.metadata.name)
}

function usageOf(
  { containers, timestamp, window }: PodMetrics,
  { resource, container }: Measured,
): Usage | undefined {
  const counted = containers.filter(({ name }) => container === undefined || name === container)
  // A Pod of which a part is not known is not known.
  if (counted.length === 0 || counted.some(({ usage }) => usage[resource] === undefined)) {
    return undefined
  }
  return {
    value: counted.reduce((sum, { usage }) => sum + quantityMilliValue(usage[resource]), 0),
    atMs: Date.parse(timestamp),
    windowMs: parseDuration(window),
  }
}

/** What a Pod requests of a resource, in thousandths. Throws where a container requests nothing. */
export function requestOf({ resource, container }: Measured): (pod: Pod) => number {
  return ({ metadata, spec }) => {
    const containers = spec.containers.filter(
      ({ name }) => container === undefined || name === container,
    )
    return containers.reduce((sum, { name, resources }) => {
      const request = resources?.requests?.[resource]
      if (request === undefined) {
        throw new NoMetricsError(
          `missing request for ${resource} in container ${name} of Pod ${metadata.name}`,
        )
      }
      return sum + quantityMilliValue(request)
    }, 0)
  }
}
