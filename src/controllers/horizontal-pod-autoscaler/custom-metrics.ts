import { formatSelector, selectorFrom, type LabelSelector } from '../../apimachinery/labels.ts'
import { dynamicClass } from '../../client/dynamic-class.ts'
import type { Pass } from '../../controller-runtime/index.ts'
import { quantityMilliValue } from '../../schema/quantity.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { NoMetricsError, type Usage } from './replica-calculation.ts'

/** A metric by its name, and by labels where one of several is meant. */
export interface Metric {
  readonly name: string
  readonly selector?: LabelSelector
}

/** An item of a MetricValueList of custom.metrics.k8s.io/v1beta2. */
interface MetricValue {
  readonly describedObject: { readonly name: string }
  readonly timestamp: string
  readonly windowSeconds?: number
  readonly value: string
}

/** An item of an ExternalMetricValueList of external.metrics.k8s.io/v1beta1. */
interface ExternalMetricValue {
  readonly value: string
}

const DEFAULT_WINDOW_MS = 60_000

/** What a metric says of each Pod of a selector, in thousandths. */
export async function readPodMetric(
  namespace: string,
  labelSelector: string,
  metric: Metric,
  pass: Pass,
): Promise<(podName: string) => Usage | undefined> {
  const pods = customMetricsOf({ plural: 'pods', namespaced: true })
  const items = await readValues(pods, { namespace, name: '*' }, metric, pass, labelSelector)
  const byPod = new Map(items.map((item) => [item.describedObject.name, usageOf(item)]))
  return (podName) => byPod.get(podName)
}

/** What a metric says of one object, in thousandths. */
export async function readObjectMetric(
  { resource }: ResourceClass,
  key: { readonly namespace: string; readonly name: string },
  metric: Metric,
  pass: Pass,
): Promise<number> {
  const { plural, group, namespaced } = resource
  if (group === '' && plural === 'namespaces') return readNamespaceMetric(key.name, metric, pass)
  const type = customMetricsOf({
    plural: group === '' ? plural : `${plural}.${group}`,
    namespaced,
  })
  const [first] = await readValues(type, namespaced ? key : { name: key.name }, metric, pass)
  return quantityMilliValue(first.value)
}

// A namespace is in itself, so its metrics have a path of their own, which knows no labels.
async function readNamespaceMetric(
  namespace: string,
  { name }: Metric,
  { client }: Pass,
): Promise<number> {
  const type = customMetricsOf({ plural: 'metrics', namespaced: true })
  const [first] = someOf(await client.get(type, { namespace, name }))
  return quantityMilliValue(first.value)
}

/** The sum of all series of a metric that has nothing to do with the cluster, in thousandths. */
export async function readExternalMetric(
  namespace: string,
  { name, selector }: Metric,
  { client }: Pass,
): Promise<number> {
  const type = dynamicClass({
    group: 'external.metrics.k8s.io',
    version: 'v1beta1',
    kind: 'ExternalMetricValue',
    plural: name,
    namespaced: true,
  }) as unknown as ResourceClass<ExternalMetricValue>
  const labelSelector = selector && formatSelector(selectorFrom(selector))
  const { items } = await client.list(type, {
    namespace,
    ...(labelSelector !== undefined && { labelSelector }),
  })
  if (items.length === 0) throw new NoMetricsError('no metrics returned from external metrics API')
  return items.reduce((sum, { value }) => sum + quantityMilliValue(value), 0)
}

interface MetricValueList {
  readonly items: readonly MetricValue[]
}

async function readValues(
  type: ResourceClass<MetricValueList>,
  place: { readonly namespace?: string; readonly name: string },
  { name, selector }: Metric,
  { client }: Pass,
  labelSelector?: string,
): Promise<Some<MetricValue>> {
  const found = await client.getSubresource<unknown, MetricValueList>(type, place, name, {
    ...(labelSelector !== undefined && { labelSelector }),
    ...(selector && { metricLabelSelector: formatSelector(selectorFrom(selector)) }),
  })
  return someOf(found)
}

type Some<T> = readonly [T, ...T[]]

function someOf({ items }: MetricValueList): Some<MetricValue> {
  const [first, ...rest] = items
  if (!first) throw new NoMetricsError('no metrics returned from custom metrics API')
  return [first, ...rest]
}

function customMetricsOf(resource: {
  readonly plural: string
  readonly namespaced: boolean
}): ResourceClass<MetricValueList> {
  const type = dynamicClass({
    group: 'custom.metrics.k8s.io',
    version: 'v1beta2',
    kind: 'MetricValueList',
    ...resource,
  })
  // Served by whoever measures, not by this project's types.
  return type as unknown as ResourceClass<MetricValueList>
}

function usageOf({ value, timestamp, windowSeconds }: MetricValue): Usage {
  return {
    value: quantityMilliValue(value),
    atMs: Date.parse(timestamp),
    windowMs: windowSeconds === undefined ? DEFAULT_WINDOW_MS : windowSeconds * 1000,
  }
}
