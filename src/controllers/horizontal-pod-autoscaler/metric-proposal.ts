import type { HorizontalPodAutoscaler } from '../../api/autoscaling/v2/horizontal-pod-autoscaler.ts'
import { isPodReady } from '../../api/core/v1/pod-conditions.ts'
import { goSelector } from '../../apimachinery/go-selector.ts'
import { parseSelector } from '../../apimachinery/label-selector-parser.ts'
import type { Catalog } from '../../client/catalog.ts'
import type { Pass } from '../../controller-runtime/index.ts'
import { formatQuantity, quantityMilliValue } from '../../schema/quantity.ts'
import { podsSelected } from '../common/pod-indexes.ts'
import { readExternalMetric, readObjectMetric, readPodMetric } from './custom-metrics.ts'
import { readUsages, requestOf, type Measured } from './pod-metrics.ts'
import {
  calculateReplicas,
  replicasForAverage,
  replicasForTotal,
  type Calculation,
  type Tolerance,
} from './replica-calculation.ts'

export type MetricSpec = NonNullable<HorizontalPodAutoscaler['spec']['metrics']>[number]
export type MetricStatus = HorizontalPodAutoscaler['status']['currentMetrics'][number]
type Target = NonNullable<MetricSpec['resource']>['target']

/** What one metric asks for. */
export interface Proposal {
  readonly replicas: number
  /** The metric in words. */
  readonly name: string
  readonly status: MetricStatus
}

/** A metric cannot be read; the reason is that of the condition ScalingActive. */
export class MetricError extends Error {
  override readonly name = 'MetricError'
  readonly reason: string

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

export interface ScaleTarget {
  readonly namespace: string
  /** The selector of the Pods, as the scale tells it. */
  readonly selector: string
  readonly replicas: number
  /** The type of a kind that the server has. */
  readonly typeOf: Catalog['find']
}

const DEFAULT_TOLERANCE = 0.1

/** How many Pods a metric asks for. Throws `MetricError`. */
export async function propose(
  { spec }: HorizontalPodAutoscaler,
  metric: MetricSpec,
  target: ScaleTarget,
  pass: Pass,
): Promise<Proposal> {
  const { type, resource, containerResource, pods, object, external } = metric
  const tolerance = toleranceOf(spec.behavior)
  if (resource) {
    const measured = { resource: resource.name }
    const reason = 'FailedGetResourceMetric'
    const result = await measure(measured, resource.target, target, tolerance, pass, reason)
    return {
      replicas: result.replicas,
      name: nameOf(`${resource.name} resource`, resource.target),
      status: { type, resource: { name: resource.name, current: currentOf(result) } },
    }
  }
  if (containerResource) {
    const { name, container } = containerResource
    const measured = { resource: name, container }
    const reason = 'FailedGetContainerResourceMetric'
    const wanted = containerResource.target
    const result = await measure(measured, wanted, target, tolerance, pass, reason)
    return {
      replicas: result.replicas,
      name: nameOf(`${name} container resource`, wanted),
      status: { type, containerResource: { name, container, current: currentOf(result) } },
    }
  }
  if (pods) return proposeForPods(pods, target, tolerance, pass)
  if (object) return proposeForObject(object, target, tolerance, pass)
  if (external) return proposeForExternal(external, target, tolerance, pass)
  throw new MetricError('InvalidMetricSourceType', `unknown metric source type "${type}"`)
}

type Source<K extends 'pods' | 'object' | 'external'> = NonNullable<MetricSpec[K]>

async function proposeForPods(
  { metric, target: wanted }: Source<'pods'>,
  { namespace, selector, replicas }: ScaleTarget,
  tolerance: Tolerance,
  pass: Pass,
): Promise<Proposal> {
  const read = async (): Promise<Calculation> => {
    const usageOf = await readPodMetric(namespace, selector, metric, pass)
    return calculateReplicas({
      resource: metric.name,
      pods: podsSelected(namespace, parseSelector(selector), pass.cache),
      usageOf: ({ metadata }) => usageOf(metadata.name),
      nowMs: pass.clock.now(),
      currentReplicas: replicas,
      tolerance,
      target: { type: 'average', value: quantityMilliValue(wanted.averageValue) },
    })
  }
  const what = `failed to get pods metric value: unable to get metric ${metric.name}`
  const result = await orMetricError('FailedGetPodsMetric', what, read)
  return {
    replicas: result.replicas,
    name: `pods metric ${metric.name}`,
    status: { type: 'Pods', pods: { metric, current: currentOf(result) } },
  }
}

async function proposeForObject(
  { metric, target: wanted, describedObject }: Source<'object'>,
  target: ScaleTarget,
  tolerance: Tolerance,
  pass: Pass,
): Promise<Proposal> {
  const { kind, name, apiVersion = 'v1' } = describedObject
  const { namespace } = target
  const what = `failed to get object metric value: unable to get metric ${metric.name}: ${kind} on ${namespace} ${name}`
  const read = async (): Promise<number> => {
    const type = target.typeOf({ apiVersion, kind })
    if (!type) throw new Error(`no matches for kind "${kind}" in group "${apiVersion}"`)
    return readObjectMetric(type, { namespace, name }, metric, pass)
  }
  const value = await orMetricError('FailedGetObjectMetric', what, read)
  const { replicas, current } = replicasForValue(value, wanted, target, tolerance, pass)
  return {
    replicas,
    name: `${kind} metric ${metric.name}`,
    status: { type: 'Object', object: { describedObject, metric, current } },
  }
}

async function proposeForExternal(
  { metric, target: wanted }: Source<'external'>,
  target: ScaleTarget,
  tolerance: Tolerance,
  pass: Pass,
): Promise<Proposal> {
  const { namespace } = target
  const shown = goSelector(metric.selector)
  const what = `failed to get external metric value: unable to get external metric ${namespace}/${metric.name}/${shown}`
  const value = await orMetricError('FailedGetExternalMetric', what, () =>
    readExternalMetric(namespace, metric, pass),
  )
  const { replicas, current } = replicasForValue(value, wanted, target, tolerance, pass)
  return {
    replicas,
    name: `external metric ${metric.name}(${shown})`,
    status: { type: 'External', external: { metric, current } },
  }
}

/** The size for one value that is for all Pods together: its own target, or one for each Pod. */
function replicasForValue(
  value: number,
  wanted: Target,
  { namespace, selector, replicas }: ScaleTarget,
  tolerance: Tolerance,
  pass: Pass,
): { readonly replicas: number; readonly current: { value?: string; averageValue?: string } } {
  if (wanted.averageValue !== undefined) {
    const average = quantityMilliValue(wanted.averageValue)
    const shown = milliText(Math.ceil(value / Math.max(1, replicas)))
    return {
      replicas: replicasForAverage(value, average, replicas, tolerance),
      current: { averageValue: shown },
    }
  }
  const pods = podsSelected(namespace, parseSelector(selector), pass.cache)
  const ready = pods.filter((pod) => pod.status.phase === 'Running' && isPodReady(pod)).length
  return {
    replicas: replicasForTotal(
      value,
      quantityMilliValue(wanted.value),
      { current: replicas, ready },
      tolerance,
    ),
    current: { value: milliText(value) },
  }
}

async function orMetricError<T>(reason: string, what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    throw new MetricError(reason, `${what}: ${(cause as Error).message}`, { cause })
  }
}

async function measure(
  measured: Measured,
  wanted: Target,
  { namespace, selector, replicas }: ScaleTarget,
  tolerance: Tolerance,
  pass: Pass,
  reason: string,
): Promise<Calculation> {
  const percent = wanted.averageUtilization
  const what = percent === undefined ? measured.resource : `${measured.resource} utilization`
  const read = async (): Promise<Calculation> => {
    const usageOf = await readUsages(namespace, selector, measured, pass)
    return calculateReplicas({
      resource: measured.resource,
      pods: podsSelected(namespace, parseSelector(selector), pass.cache),
      usageOf,
      nowMs: pass.clock.now(),
      currentReplicas: replicas,
      tolerance,
      target:
        percent === undefined
          ? { type: 'average', value: quantityMilliValue(wanted.averageValue) }
          : { type: 'utilization', percent, requestOf: requestOf(measured) },
    })
  }
  const failure = `failed to get ${what}: unable to get metrics for resource ${measured.resource}`
  return orMetricError(reason, failure, read)
}

function toleranceOf(behavior: HorizontalPodAutoscaler['spec']['behavior']): Tolerance {
  const read = (text: string | undefined): number =>
    text === undefined ? DEFAULT_TOLERANCE : quantityMilliValue(text) / 1000
  return { up: read(behavior?.scaleUp?.tolerance), down: read(behavior?.scaleDown?.tolerance) }
}

function nameOf(what: string, target: Target): string {
  return target.averageUtilization === undefined
    ? what
    : `${what} utilization (percentage of request)`
}

function currentOf({ average, utilization }: Calculation) {
  const averageValue = milliText(average)
  return { averageValue, ...(utilization !== undefined && { averageUtilization: utilization }) }
}

function milliText(milli: number): string {
  return formatQuantity({ nano: BigInt(milli) * 1_000_000n, format: 'DecimalSI' })
}
