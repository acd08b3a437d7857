import type { HorizontalPodAutoscaler } from '../../api/autoscaling/v2/horizontal-pod-autoscaler.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { parseSelector } from '../../apimachinery/label-selector-parser.ts'
import type { Pass } from '../../controller-runtime/index.ts'
import { formatQuantity, quantityMilliValue } from '../../schema/quantity.ts'
import { readUsages, requestOf, type Measured } from './pod-metrics.ts'
import { calculateReplicas, type Calculation, type Tolerance } from './replica-calculation.ts'

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
}

const DEFAULT_TOLERANCE = 0.1

/** How many Pods a metric asks for. Throws `MetricError`. */
export async function propose(
  { spec }: HorizontalPodAutoscaler,
  metric: MetricSpec,
  target: ScaleTarget,
  pass: Pass,
): Promise<Proposal> {
  const { type, resource, containerResource } = metric
  const tolerance = toleranceOf(spec.behavior)
  if (type === 'Resource' && resource) {
    const measured = { resource: resource.name }
    const result = await measure(
      measured,
      resource.target,
      target,
      tolerance,
      pass,
      'FailedGetResourceMetric',
    )
    return {
      replicas: result.replicas,
      name: nameOf(`${resource.name} resource`, resource.target),
      status: { type, resource: { name: resource.name, current: currentOf(result) } },
    }
  }
  if (type === 'ContainerResource' && containerResource) {
    const { name, container } = containerResource
    const measured = { resource: name, container }
    const reason = 'FailedGetContainerResourceMetric'
    const result = await measure(
      measured,
      containerResource.target,
      target,
      tolerance,
      pass,
      reason,
    )
    return {
      replicas: result.replicas,
      name: nameOf(`${name} container resource`, containerResource.target),
      status: { type, containerResource: { name, container, current: currentOf(result) } },
    }
  }
  const what = metric.pods ?? metric.object ?? metric.external
  throw new MetricError(
    `FailedGet${type}Metric`,
    `unable to get metric ${what?.metric.name}: no ${type === 'External' ? 'external' : 'custom'} metrics API is served`,
  )
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
  try {
    const usageOf = await readUsages(namespace, selector, measured, pass)
    return calculateReplicas({
      resource: measured.resource,
      pods: pass.cache.list(Pod, { namespace, selector: parseSelector(selector) }),
      usageOf,
      nowMs: pass.clock.now(),
      currentReplicas: replicas,
      tolerance,
      target:
        percent === undefined
          ? { type: 'average', value: quantityMilliValue(wanted.averageValue) }
          : { type: 'utilization', percent, requestOf: requestOf(measured) },
    })
  } catch (cause) {
    const message = `failed to get ${what}: unable to get metrics for resource ${measured.resource}: ${(cause as Error).message}`
    throw new MetricError(reason, message, { cause })
  }
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
  const averageValue = formatQuantity({ nano: BigInt(average) * 1_000_000n, format: 'DecimalSI' })
  return { averageValue, ...(utilization !== undefined && { averageUtilization: utilization }) }
}
