import type { MetricSpec as SpecV1, MetricStatus as StatusV1 } from '../v1/common.ts'
import type {
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
} from './horizontal-pod-autoscaler.ts'

export type MetricSpecV1 = SpecV1
export type MetricStatusV1 = StatusV1

type Json = Record<string, unknown>

/** Leaves out what is undefined. */
function compact<T>(fields: Json): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

/** A metric as version 1 describes it in its annotation, in the form of version 2. */
export function toMetricSpec(metric: SpecV1): MetricSpec {
  const { object, pods, resource, containerResource, external } = metric
  return compact({
    type: metric.type,
    object: object && {
      describedObject: object.target,
      metric: identifier(object.metricName, object.selector),
      target: target({
        value: object.averageValue === undefined ? object.targetValue : undefined,
        averageValue: object.averageValue,
      }),
    },
    pods: pods && {
      metric: identifier(pods.metricName, pods.selector),
      target: target({ averageValue: pods.targetAverageValue }),
    },
    resource: resource && { name: resource.name, target: usageTarget(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      target: usageTarget(containerResource),
    },
    external: external && {
      metric: identifier(external.metricName, external.metricSelector),
      target: target({ value: external.targetValue, averageValue: external.targetAverageValue }),
    },
  })
}

/** As `toMetricSpec`, the other way. */
export function fromMetricSpec(metric: MetricSpec): SpecV1 {
  const { object, pods, resource, containerResource, external } = metric
  return compact({
    type: metric.type,
    object:
      object &&
      compact({
        target: object.describedObject,
        metricName: object.metric.name,
        targetValue: object.target.value ?? '0',
        selector: object.metric.selector,
        averageValue: object.target.averageValue,
      }),
    pods:
      pods &&
      compact({
        metricName: pods.metric.name,
        targetAverageValue: pods.target.averageValue ?? '0',
        selector: pods.metric.selector,
      }),
    resource:
      resource &&
      compact({
        name: resource.name,
        targetAverageUtilization: resource.target.averageUtilization,
        targetAverageValue: resource.target.averageValue,
      }),
    containerResource:
      containerResource &&
      compact({
        name: containerResource.name,
        container: containerResource.container,
        targetAverageUtilization: containerResource.target.averageUtilization,
        targetAverageValue: containerResource.target.averageValue,
      }),
    external:
      external &&
      compact({
        metricName: external.metric.name,
        metricSelector: external.metric.selector,
        targetValue: external.target.value,
        targetAverageValue: external.target.averageValue,
      }),
  })
}

/** The last value of a metric as version 1 describes it in its annotation, in the form of version 2. */
export function toMetricStatus(metric: StatusV1): MetricStatus {
  const { object, pods, resource, containerResource, external } = metric
  const usage = (source: NonNullable<typeof resource>): Json =>
    compact({
      averageUtilization: source.currentAverageUtilization,
      averageValue: source.currentAverageValue,
    })
  return compact({
    type: metric.type,
    object: object && {
      describedObject: object.target,
      metric: identifier(object.metricName, object.selector),
      current: compact({ value: object.currentValue, averageValue: object.averageValue }),
    },
    pods: pods && {
      metric: identifier(pods.metricName, pods.selector),
      current: { averageValue: pods.currentAverageValue },
    },
    resource: resource && { name: resource.name, current: usage(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      current: usage(containerResource),
    },
    external: external && {
      metric: identifier(external.metricName, external.metricSelector),
      current: compact({
        value: external.currentValue,
        averageValue: external.currentAverageValue,
      }),
    },
  })
}

/** As `toMetricStatus`, the other way. */
export function fromMetricStatus(metric: MetricStatus): StatusV1 {
  const { object, pods, resource, containerResource, external } = metric
  return compact({
    type: metric.type,
    object:
      object &&
      compact({
        target: object.describedObject,
        metricName: object.metric.name,
        currentValue: object.current.value ?? '0',
        selector: object.metric.selector,
        averageValue: object.current.averageValue,
      }),
    pods:
      pods &&
      compact({
        metricName: pods.metric.name,
        currentAverageValue: pods.current.averageValue ?? '0',
        selector: pods.metric.selector,
      }),
    resource:
      resource &&
      compact({
        name: resource.name,
        currentAverageUtilization: resource.current.averageUtilization,
        currentAverageValue: resource.current.averageValue ?? '0',
      }),
    containerResource:
      containerResource &&
      compact({
        name: containerResource.name,
        container: containerResource.container,
        currentAverageUtilization: containerResource.current.averageUtilization,
        currentAverageValue: containerResource.current.averageValue ?? '0',
      }),
    external:
      external &&
      compact({
        metricName: external.metric.name,
        metricSelector: external.metric.selector,
        currentValue: external.current.value ?? '0',
        currentAverageValue: external.current.averageValue,
      }),
  })
}

function identifier(name: string, selector: MetricIdentifier['selector']): MetricIdentifier {
  return { name, ...(selector && { selector }) }
}

function target({
  value,
  averageValue,
}: {
  value?: string | undefined
  averageValue?: string | undefined
}): MetricTarget {
  const type = averageValue === undefined ? 'Value' : 'AverageValue'
  return compact({ type, value, averageValue })
}

function usageTarget(source: {
  readonly targetAverageUtilization?: number
  readonly targetAverageValue?: string
}): MetricTarget {
  const type = source.targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization'
  return compact({
    type,
    averageUtilization: source.targetAverageUtilization,
    averageValue: source.targetAverageValue,
  })
}
