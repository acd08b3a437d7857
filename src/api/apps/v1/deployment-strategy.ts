import { equal } from '../../../apimachinery/equality.ts'
import {
  forbidden,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { changeField, withField, withFields } from '../../change.ts'
import { defaultPodTemplate } from '../../core/v1/pod-defaults.ts'
import { podTemplateWarnings } from '../../core/v1/pod-warnings.ts'
import { podNameWarnings } from '../../core/v1/replication-controller-strategy.ts'
import {
  parseSelector,
  validateEternalTemplate,
  validateReplicaOrder,
  validateTemplateIsSelected,
  validateWorkloadSelector,
} from '../../core/v1/template-validation.ts'
import { hasNewSpec, preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import {
  isZeroIntOrPercent,
  notMoreThan100Percent,
  positiveIntOrPercent,
} from '../../validation/int-or-percent.ts'
import { immutable, NONE, nonNegative } from '../../validation/rules.ts'
import { validateCollisionCount } from './collision-count.ts'
import {
  Deployment,
  type DeploymentSpec,
  type DeploymentStrategy,
  type RollingUpdateDeployment,
} from './deployment.ts'

/** The rules of Deployments (pkg/registry/apps/deployment/strategy.go). */
export const deploymentStrategy: Strategy<Deployment> = {
  applyDefaults: (deployment) =>
    changeField(deployment, 'spec', (spec) =>
      withFields(spec, {
        template: defaultPodTemplate(spec.template),
        strategy: defaultStrategy(spec.strategy),
      }),
    ),
  ...preparation(Deployment, { isNewGeneration }),
  validateCreate: ({ spec }) => validateSpec(spec),
  validateUpdate: ({ spec }, old) => [
    ...validateSpec(spec),
    ...immutable(spec.selector, old.spec.selector, 'spec.selector'),
  ],
  warnings: (deployment, old) => [
    ...(old ? [] : podNameWarnings(deployment.metadata.name)),
    ...(!old || deployment.metadata.generation !== old.metadata.generation
      ? podTemplateWarnings(deployment.spec.template, 'spec.template')
      : []),
  ],
  status: statusStrategy(validateStatusUpdate, { keep: ['labels'] }),
}

// Annotations count too: some say how to roll out.
function isNewGeneration(deployment: Deployment, old: Deployment): boolean {
  return (
    hasNewSpec(Deployment)(deployment, old) ||
    !equal(deployment.metadata.annotations ?? {}, old.metadata.annotations ?? {})
  )
}

function defaultStrategy(strategy: DeploymentStrategy): DeploymentStrategy {
  if (strategy.type !== 'RollingUpdate') return strategy
  const rolling: RollingUpdateDeployment = strategy.rollingUpdate ?? {}
  return withField(
    strategy,
    'rollingUpdate',
    withFields(rolling, {
      maxUnavailable: rolling.maxUnavailable ?? '25%',
      maxSurge: rolling.maxSurge ?? '25%',
    }),
  )
}

function validateSpec(spec: DeploymentSpec): FieldError[] {
  return [
    ...nonNegative(spec.replicas, 'spec.replicas'),
    ...validateWorkloadSelector(
      spec.selector,
      'spec.selector',
      'empty selector is invalid for deployment',
    ),
    ...validateTemplate(spec, 'ReplicaSet'),
    ...validateStrategy(spec.strategy, 'spec.strategy'),
    ...nonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...nonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ...validateDeadline(spec, 'spec.progressDeadlineSeconds'),
  ]
}

/** Checks the template of a Deployment or ReplicaSet against its selector. */
export function validateTemplate(
  { selector, template }: Pick<DeploymentSpec, 'selector' | 'template'>,
  kind: string,
): FieldError[] {
  const parsed = parseSelector(selector)
  if (!parsed) return [invalid('spec.selector', selector, 'invalid label selector')]
  return [
    ...validateTemplateIsSelected(template, parsed, 'spec.template'),
    ...validateEternalTemplate(template, 'spec.template', kind),
  ]
}

function validateStrategy(strategy: DeploymentStrategy, path: string): FieldError[] {
  const { type, rollingUpdate } = strategy
  const at = `${path}.rollingUpdate`
  if (type === 'Recreate') {
    const text = "may not be specified when strategy `type` is 'Recreate'"
    return rollingUpdate ? [forbidden(at, text)] : NONE
  }
  if (type !== 'RollingUpdate') return [unsupported(path, strategy, ['Recreate', 'RollingUpdate'])]
  return rollingUpdate
    ? validateRollingUpdate(rollingUpdate, at)
    : [required(at, 'this should be defaulted and never be nil')]
}

function validateRollingUpdate(
  { maxUnavailable, maxSurge }: RollingUpdateDeployment,
  path: string,
): FieldError[] {
  const standsStill = isZeroIntOrPercent(maxUnavailable) && isZeroIntOrPercent(maxSurge)
  const text = 'may not be 0 when `maxSurge` is 0'
  return [
    ...positiveIntOrPercent(maxUnavailable, `${path}.maxUnavailable`),
    ...positiveIntOrPercent(maxSurge, `${path}.maxSurge`),
    ...(standsStill ? [invalid(`${path}.maxUnavailable`, maxUnavailable, text)] : NONE),
    ...notMoreThan100Percent(maxUnavailable, `${path}.maxUnavailable`),
  ]
}

function validateDeadline(
  { progressDeadlineSeconds: deadline, minReadySeconds = 0 }: DeploymentSpec,
  path: string,
): FieldError[] {
  return [
    ...nonNegative(deadline, path),
    ...(deadline <= minReadySeconds
      ? [invalid(path, deadline, 'must be greater than minReadySeconds')]
      : NONE),
  ]
}

const COUNTS = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
  'collisionCount',
] as const

function validateStatusUpdate({ status }: Deployment, old: Deployment): FieldError[] {
  return [
    ...COUNTS.flatMap((field) => nonNegative(status[field], `status.${field}`)),
    ...validateReplicaOrder(status, 'updatedReplicas'),
    ...validateCollisionCount(status, old.status),
  ]
}
