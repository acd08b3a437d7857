import { pathSegmentProblems } from '../../../apimachinery/names.ts'
import {
  forbidden,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { changeField, withField, withFields } from '../../change.ts'
import { nonNegativeQuantity, toQuantity } from '../../core/v1/resource-validation.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { eachAt, NONE, nonNegative, oneOf, requiredName } from '../../validation/rules.ts'
import { cpuTarget } from './horizontal-pod-autoscaler-conversion.ts'
import {
  HorizontalPodAutoscaler,
  type CrossVersionObjectReference,
  type HorizontalPodAutoscalerSpec,
  type HPAScalingRules,
  type MetricIdentifier,
  type MetricSpec,
  type MetricTarget,
} from './horizontal-pod-autoscaler.ts'

const CPU_PERCENT = 80
const WINDOW_SECONDS_MAX = 3600
const PERIOD_SECONDS_MAX = 1800

/** The rules of HorizontalPodAutoscalers (pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go). */
export const horizontalPodAutoscalerStrategy: Strategy<HorizontalPodAutoscaler> = {
  applyDefaults: (autoscaler) => changeField(autoscaler, 'spec', defaultSpec),
  ...preparation(HorizontalPodAutoscaler),
  validateCreate: ({ spec }) => validateSpec(spec, 1),
  // An autoscaler that may go to zero already may go on to.
  validateUpdate: ({ spec }, old) => validateSpec(spec, old.spec.minReplicas === 0 ? 0 : 1),
  status: statusStrategy(({ status }) => [
    ...nonNegative(status.currentReplicas, 'status.currentReplicas'),
    ...nonNegative(status.desiredReplicas, 'status.desiredReplicas'),
  ]),
}

function defaultSpec(spec: HorizontalPodAutoscalerSpec): HorizontalPodAutoscalerSpec {
  const changed = withField(spec, 'metrics', spec.metrics ?? [cpuTarget(CPU_PERCENT)])
  return changeField(changed, 'behavior', ({ scaleUp, scaleDown, ...others }) =>
    keepSame(spec.behavior!, {
      ...others,
      scaleUp: withRules(scaleUp, SCALE_UP),
      scaleDown: withRules(scaleDown, SCALE_DOWN),
    }),
  )
}

type Behavior = NonNullable<HorizontalPodAutoscalerSpec['behavior']>

function keepSame(before: Behavior, after: Behavior): Behavior {
  const isSame = before.scaleUp === after.scaleUp && before.scaleDown === after.scaleDown
  return isSame ? before : after
}

const SCALE_UP: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
}

const SCALE_DOWN: HPAScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
}

function withRules(rules: HPAScalingRules | undefined, defaults: HPAScalingRules): HPAScalingRules {
  if (!rules) return defaults
  return withFields(rules, {
    stabilizationWindowSeconds:
      rules.stabilizationWindowSeconds ?? defaults.stabilizationWindowSeconds,
    selectPolicy: rules.selectPolicy ?? defaults.selectPolicy,
    policies: rules.policies ?? defaults.policies,
  })
}

function validateSpec(spec: HorizontalPodAutoscalerSpec, least: number): FieldError[] {
  const { minReplicas: min, maxReplicas: max, metrics, behavior } = spec
  const leastText = `must be greater than or equal to ${least}`
  const orderText = 'must be greater than or equal to `minReplicas`'
  return [
    ...(min < least ? [invalid('spec.minReplicas', min, leastText)] : NONE),
    ...(max < 1 ? [invalid('spec.maxReplicas', max, 'must be greater than 0')] : NONE),
    ...(max < min ? [invalid('spec.maxReplicas', max, orderText)] : NONE),
    ...validateReference(spec.scaleTargetRef, 'spec.scaleTargetRef'),
    ...eachAt(metrics, 'spec.metrics', validateMetric),
    ...validateZero(spec, 'spec.metrics'),
    ...validateRules(behavior?.scaleUp, 'spec.behavior.scaleUp'),
    ...validateRules(behavior?.scaleDown, 'spec.behavior.scaleDown'),
  ]
}

function validateZero({ minReplicas, metrics = [] }: HorizontalPodAutoscalerSpec, path: string) {
  const mayBeZero = metrics.some(({ type }) => type === 'Object' || type === 'External')
  const text =
    'must specify at least one Object or External metric to support scaling to zero replicas'
  return minReplicas === 0 && !mayBeZero ? [forbidden(path, text)] : NONE
}

function validateReference({ kind, name }: CrossVersionObjectReference, path: string) {
  return [
    ...requiredName(kind, `${path}.kind`, pathSegmentProblems),
    ...requiredName(name, `${path}.name`, pathSegmentProblems),
  ]
}

const TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']
const FIELDS = ['object', 'external', 'pods', 'resource', 'containerResource'] as const

function validateMetric(metric: MetricSpec, path: string): FieldError[] {
  const { type } = metric
  const [first, ...others] = FIELDS.filter((field) => metric[field])
  const expected = FIELDS.find((field) => field.toLowerCase() === type.toLowerCase())
  const surplus = others.length > 0 ? [first!, ...others].filter((each) => each !== expected) : []
  return [
    ...(type ? NONE : [required(`${path}.type`, 'must specify a metric source type')]),
    ...(TYPES.includes(type) ? NONE : [unsupported(`${path}.type`, type, TYPES)]),
    ...(first ? validateSource(metric, first, `${path}.${first}`) : NONE),
    ...(expected && !metric[expected]
      ? [required(`${path}.${expected}`, 'must populate information for the given metric source')]
      : NONE),
    ...surplus.map((field) =>
      forbidden(`${path}.${field}`, 'must populate the given metric source only'),
    ),
  ]
}

function validateSource(
  metric: MetricSpec,
  field: (typeof FIELDS)[number],
  path: string,
): FieldError[] {
  const at = `${path}.target`
  switch (field) {
    case 'object': {
      const { describedObject, metric: id, target } = metric.object!
      return [
        ...validateReference(describedObject, `${path}.describedObject`),
        ...validateIdentifier(id, `${path}.metric`),
        ...validateTarget(target, at),
        ...validateSomeValue(target, at),
      ]
    }
    case 'external': {
      const { metric: id, target } = metric.external!
      const both = 'may not set both a target value for metric and a per-pod target'
      return [
        ...validateIdentifier(id, `${path}.metric`),
        ...validateTarget(target, at),
        ...validateSomeValue(target, at),
        ...(target.value !== undefined && target.averageValue !== undefined
          ? [forbidden(`${at}.value`, both)]
          : NONE),
      ]
    }
    case 'pods': {
      const { metric: id, target } = metric.pods!
      return [
        ...validateIdentifier(id, `${path}.metric`),
        ...validateTarget(target, at),
        ...(isPositive(target.averageValue)
          ? NONE
          : [required(`${at}.averageValue`, 'must specify a positive target averageValue')]),
      ]
    }
    case 'resource':
      return validateUsage(metric.resource!, path)
    case 'containerResource': {
      const source = metric.containerResource!
      return [
        ...validateUsage(source, path),
        ...(source.container ? NONE : [required(`${path}.container`, 'must specify a container')]),
      ]
    }
    default:
      return field satisfies never
  }
}

function validateUsage(
  { name, target }: { readonly name: string; readonly target: MetricTarget },
  path: string,
): FieldError[] {
  const at = `${path}.target`
  const { averageUtilization, averageValue } = target
  const none = 'must set either a target raw value or a target utilization'
  const both = 'may not set both a target raw value and a target utilization'
  return [
    ...(name ? NONE : [required(`${path}.name`, 'must specify a resource name')]),
    ...validateTarget(target, at),
    ...(averageUtilization === undefined && averageValue === undefined
      ? [required(`${at}.averageUtilization`, none)]
      : NONE),
    ...(averageUtilization !== undefined && averageValue !== undefined
      ? [forbidden(`${at}.averageValue`, both)]
      : NONE),
  ]
}

function validateSomeValue({ value, averageValue }: MetricTarget, path: string): FieldError[] {
  const text = 'must set either a target value for metric or a per-pod target'
  return value === undefined && averageValue === undefined
    ? [required(`${path}.averageValue`, text)]
    : NONE
}

function validateTarget(target: MetricTarget, path: string): FieldError[] {
  const { type, averageUtilization } = target
  const isKnown = ['Utilization', 'Value', 'AverageValue'].includes(type)
  return [
    ...(type ? NONE : [required(`${path}.type`, 'must specify a metric target type')]),
    ...(isKnown
      ? NONE
      : [invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue')]),
    ...(['value', 'averageValue'] as const)
      .filter((field) => target[field] !== undefined && !isPositive(target[field]))
      .map((field) => invalid(`${path}.${field}`, target[field], 'must be positive')),
    ...(averageUtilization !== undefined && averageUtilization < 1
      ? [invalid(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0')]
      : NONE),
  ]
}

function isPositive(quantity: string | undefined): boolean {
  return quantity !== undefined && toQuantity(quantity).nano > 0n
}

function validateIdentifier({ name }: MetricIdentifier, path: string): FieldError[] {
  return requiredName(name, `${path}.name`, pathSegmentProblems)
}

function validateRules(rules: HPAScalingRules | undefined, path: string): FieldError[] {
  if (!rules) return NONE
  const { stabilizationWindowSeconds: window, selectPolicy, policies, tolerance } = rules
  const at = `${path}.stabilizationWindowSeconds`
  return [
    ...(window !== undefined && window < 0
      ? [invalid(at, window, 'must be greater than or equal to zero')]
      : NONE),
    ...(window !== undefined && window > WINDOW_SECONDS_MAX
      ? [invalid(at, window, `must be less than or equal to ${WINDOW_SECONDS_MAX}`)]
      : NONE),
    ...oneOf(selectPolicy, ['Disabled', 'Max', 'Min'], `${path}.selectPolicy`),
    ...(policies ? NONE : [required(`${path}.policies`, 'must specify at least one Policy')]),
    ...eachAt(
      policies,
      `${path}.policies`,
      ({ type, value, periodSeconds: period }, policyPath) => [
        ...oneOf(type, ['Percent', 'Pods'], `${policyPath}.type`),
        ...(value <= 0
          ? [invalid(`${policyPath}.value`, value, 'must be greater than zero')]
          : NONE),
        ...(period <= 0
          ? [invalid(`${policyPath}.periodSeconds`, period, 'must be greater than zero')]
          : NONE),
        ...(period > PERIOD_SECONDS_MAX
          ? [
              invalid(
                `${policyPath}.periodSeconds`,
                period,
                `must be less than or equal to ${PERIOD_SECONDS_MAX}`,
              ),
            ]
          : NONE),
      ],
    ),
    ...(tolerance === undefined ? NONE : nonNegativeQuantity(tolerance, `${path}.tolerance`)),
  ]
}
