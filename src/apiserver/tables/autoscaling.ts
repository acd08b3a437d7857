import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
} from '../../api/autoscaling/v2/horizontal-pod-autoscaler.ts'
import type { Scale } from '../../api/autoscaling/v1/scale.ts'
import { NONE, shortened, UNSET } from './cells.ts'
import { AGE, column, NAME, tableFor, type TableEntry } from './table.ts'

const autoscalerTable: TableEntry = tableFor<HorizontalPodAutoscaler>(
  'autoscaling',
  'HorizontalPodAutoscaler',
  {
    columns: [
      NAME,
      column('Reference', 'The workload that is scaled, as kind/name.'),
      column('Targets', 'What is measured, and what it should be.'),
      column('MinPods', 'How many Pods there are at least.'),
      column('MaxPods', 'How many Pods there are at most.'),
      column('Replicas', 'How many Pods the workload has now.'),
      AGE,
    ],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
      metricsCell(spec.metrics, status.currentMetrics),
      spec.minReplicas === undefined ? UNSET : String(spec.minReplicas),
      spec.maxReplicas,
      status.currentReplicas ?? 0,
      ages.since(metadata.creationTimestamp),
    ],
  },
)

const scaleTable: TableEntry = tableFor<Scale>('autoscaling', 'Scale', {
  columns: [
    NAME,
    column('Desired', 'How many Pods there should be.', 'integer'),
    column('Available', 'How many Pods there are.', 'integer'),
    AGE,
  ],
  cells: ({ metadata, spec, status }, ages) => [
    metadata.name,
    spec.replicas ?? 0,
    status.replicas,
    ages.since(metadata.creationTimestamp),
  ],
})

export const AUTOSCALING_TABLES: readonly TableEntry[] = [autoscalerTable, scaleTable]

const UNKNOWN = '<unknown>'
const LISTED_MAX = 2

function metricsCell(
  specs: readonly MetricSpec[] = [],
  statuses: readonly MetricStatus[] = [],
): string {
  if (specs.length === 0) return NONE
  const texts = specs.map((spec, i) => metricText(spec, statuses[i]))
  return shortened(texts.slice(0, LISTED_MAX).join(', '), texts.length - LISTED_MAX)
}

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return valueText(spec.external?.target, status?.external?.current)
    case 'Object':
      return valueText(spec.object?.target, status?.object?.current)
    case 'Pods': {
      const current = status?.pods ? (status.pods.current.averageValue ?? '0') : UNKNOWN
      return `${current}/${spec.pods?.target.averageValue ?? '<nil>'}`
    }
    case 'Resource':
      return usageText(spec.resource, status?.resource?.current)
    case 'ContainerResource':
      return usageText(spec.containerResource, status?.containerResource?.current)
    default:
      return '<unknown type>'
  }
}

interface Value {
  readonly value?: string
  readonly averageValue?: string
  readonly averageUtilization?: number
}

function valueText(target: Value = {}, current: Value | undefined): string {
  if (target.averageValue !== undefined) {
    return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`
  }
  return `${current ? (current.value ?? '<nil>') : UNKNOWN}/${target.value ?? '<nil>'}`
}

interface Usage {
  readonly name: string
  readonly target: Value
}

function usageText(
  { name, target }: Usage = { name: '', target: {} },
  current: Value | undefined,
): string {
  if (target.averageValue !== undefined) {
    return `${name}: ${current ? (current.averageValue ?? '<nil>') : UNKNOWN}/${target.averageValue}`
  }
  return `${name}: ${percent(current?.averageUtilization, UNKNOWN)}/${percent(target.averageUtilization, '<auto>')}`
}

function percent(value: number | undefined, absent: string): string {
  return value === undefined ? absent : `${value}%`
}
