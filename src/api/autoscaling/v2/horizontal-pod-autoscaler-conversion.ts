import { withFields } from '../../change.ts'
import type { HorizontalPodAutoscaler as V1 } from '../v1/horizontal-pod-autoscaler.ts'
import {
  fromMetricSpec,
  fromMetricStatus,
  toMetricSpec,
  toMetricStatus,
  type MetricSpecV1,
  type MetricStatusV1,
} from './metric-conversion.ts'
import type {
  HorizontalPodAutoscaler as V2,
  MetricSpec,
  MetricStatus,
} from './horizontal-pod-autoscaler.ts'

/** Version 1 knows one metric, the CPU; all else of version 2 travels in annotations there. */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics'
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics'
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions'
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior'
const ANNOTATIONS = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR]

/** An autoscaler of version 1 in the form of version 2. */
export function toV2(object: V1): V2 {
  const { targetCPUUtilizationPercentage: target, ...spec } = object.spec
  const { currentCPUUtilizationPercentage: current, ...status } = object.status
  const read = <T>(key: string): T | undefined => parse(object.metadata.annotations?.[key]) as T
  const others = read<MetricSpecV1[]>(METRICS)?.map(toMetricSpec) ?? []
  const metrics = target === undefined ? others : [cpuTarget(target), ...others]
  const currentMetrics = read<MetricStatusV1[]>(CURRENT_METRICS)?.map(toMetricStatus)
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: withoutAnnotations(object.metadata),
    spec: withFields(spec as unknown as V2['spec'], {
      metrics: metrics.length === 0 ? undefined : metrics,
      behavior: read(BEHAVIOR),
    }),
    status: withFields(status as unknown as V2['status'], {
      currentReplicas: object.status.currentReplicas || undefined,
      currentMetrics: currentMetrics ?? (current === undefined ? [] : [cpuUsage(current)]),
      conditions: read(CONDITIONS),
    }),
  } as unknown as V2
}

/** An autoscaler of version 2 in the form of version 1. */
export function fromV2(object: V2): V1 {
  const { metrics = [], behavior, ...spec } = object.spec
  const { currentMetrics, conditions, ...status } = object.status
  const cpu = metrics.find(isCpuTarget)
  const others = metrics.filter((each) => each !== cpu)
  const usage = currentMetrics.find(isCpuUsage)?.resource?.current.averageUtilization
  const annotations: Record<string, string> = { ...object.metadata.annotations }
  if (others.length > 0) annotations[METRICS] = JSON.stringify(others.map(fromMetricSpec))
  if (currentMetrics.length > 0)
    annotations[CURRENT_METRICS] = JSON.stringify(currentMetrics.map(fromMetricStatus))
  if (conditions) annotations[CONDITIONS] = JSON.stringify(conditions)
  if (behavior) annotations[BEHAVIOR] = JSON.stringify(behavior)
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    metadata: withFields(object.metadata, {
      annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
    }),
    spec: withFields(spec as unknown as V1['spec'], {
      targetCPUUtilizationPercentage: cpu?.resource?.target.averageUtilization,
    }),
    status: withFields({ currentReplicas: 0, ...status } as unknown as V1['status'], {
      currentCPUUtilizationPercentage: usage,
    }),
  } as unknown as V1
}

function withoutAnnotations(metadata: V1['metadata']): V1['metadata'] {
  const { annotations } = metadata
  if (!annotations || !ANNOTATIONS.some((key) => Object.hasOwn(annotations, key))) return metadata
  const kept = Object.entries(annotations).filter(([key]) => !ANNOTATIONS.includes(key))
  return withFields(metadata, {
    annotations: kept.length === 0 ? undefined : Object.fromEntries(kept),
  })
}

// What nobody can read was not written by a server: it is passed over.
function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export function cpuTarget(averageUtilization: number): MetricSpec {
  return {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
  }
}

function cpuUsage(averageUtilization: number): MetricStatus {
  return { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } }
}

function isCpuTarget({ type, resource }: MetricSpec): boolean {
  return (
    type === 'Resource' &&
    resource?.name === 'cpu' &&
    resource.target.averageUtilization !== undefined
  )
}

function isCpuUsage({ type, resource }: MetricStatus): boolean {
  return type === 'Resource' && resource?.name === 'cpu'
}
