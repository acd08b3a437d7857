import { invalid, required, unsupported, type FieldError } from '../../../schema/field-error.ts'
import { changeField, withField, withFields } from '../../change.ts'
import { PodTemplateSpec } from '../../core/v1/common.ts'
import { defaultPodTemplate } from '../../core/v1/pod-defaults.ts'
import { podTemplateWarnings } from '../../core/v1/pod-warnings.ts'
import {
  parseSelector,
  validateEternalTemplate,
  validateTemplateIsSelected,
  validateWorkloadSelector,
} from '../../core/v1/template-validation.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import {
  isZeroIntOrPercent,
  notMoreThan100Percent,
  positiveIntOrPercent,
} from '../../validation/int-or-percent.ts'
import { immutable, NONE, nonNegative } from '../../validation/rules.ts'
import { validateCollisionCount } from './collision-count.ts'
import {
  DaemonSet,
  type DaemonSetSpec,
  type DaemonSetUpdateStrategy,
  type RollingUpdateDaemonSet,
} from './daemon-set.ts'

/** Counts changes of the template; it was a field in earlier versions, and Pods still carry it as a label. */
export const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'

const base = preparation(DaemonSet)

/** The rules of DaemonSets (pkg/registry/apps/daemonset/strategy.go). */
export const daemonSetStrategy: Strategy<DaemonSet> = {
  applyDefaults: (daemonSet) =>
    changeField(daemonSet, 'spec', (spec) =>
      withFields(spec, {
        template: defaultPodTemplate(spec.template),
        updateStrategy: defaultStrategy(spec.updateStrategy),
      }),
    ),
  prepareForCreate: (daemonSet, context) => {
    const given = templateGeneration(daemonSet)
    return withTemplateGeneration(base.prepareForCreate(daemonSet, context), Math.max(given, 1))
  },
  prepareForUpdate: (daemonSet, old, context) => {
    const isSame = semanticEqual(PodTemplateSpec, daemonSet.spec.template, old.spec.template)
    const generation = templateGeneration(old) + (isSame ? 0 : 1)
    return withTemplateGeneration(base.prepareForUpdate(daemonSet, old, context), generation)
  },
  validateCreate: ({ spec }) => validateSpec(spec),
  validateUpdate: ({ spec }, old) => [
    ...validateSpec(spec),
    ...immutable(spec.selector, old.spec.selector, 'spec.selector'),
  ],
  warnings: ({ spec }) => podTemplateWarnings(spec.template, 'spec.template'),
  status: statusStrategy(validateStatusUpdate),
}

function templateGeneration({ metadata }: DaemonSet): number {
  const text = metadata.annotations?.[TEMPLATE_GENERATION] ?? ''
  return /^\d+$/.test(text) ? Number(text) : 0
}

function withTemplateGeneration(daemonSet: DaemonSet, generation: number): DaemonSet {
  const { metadata } = daemonSet
  if (metadata.annotations?.[TEMPLATE_GENERATION] === String(generation)) return daemonSet
  const annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(generation) }
  return { ...daemonSet, metadata: { ...metadata, annotations } }
}

function defaultStrategy(strategy: DaemonSetUpdateStrategy): DaemonSetUpdateStrategy {
  if (strategy.type !== 'RollingUpdate') return strategy
  const rolling: RollingUpdateDaemonSet = strategy.rollingUpdate ?? {}
  return withField(
    strategy,
    'rollingUpdate',
    withFields(rolling, {
      maxUnavailable: rolling.maxUnavailable ?? 1,
      maxSurge: rolling.maxSurge ?? 0,
    }),
  )
}

function validateSpec(spec: DaemonSetSpec): FieldError[] {
  const selector = parseSelector(spec.selector)
  return [
    ...validateWorkloadSelector(
      spec.selector,
      'spec.selector',
      'empty selector is invalid for daemonset',
    ),
    ...(selector ? validateTemplateIsSelected(spec.template, selector, 'spec.template') : NONE),
    ...validateEternalTemplate(spec.template, 'spec.template', 'DaemonSet'),
    ...nonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateStrategy(spec.updateStrategy, 'spec.updateStrategy'),
    ...nonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ]
}

function validateStrategy(strategy: DaemonSetUpdateStrategy, path: string): FieldError[] {
  const { type, rollingUpdate } = strategy
  if (type === 'OnDelete') return NONE
  if (type !== 'RollingUpdate') return [unsupported(path, strategy, ['RollingUpdate', 'OnDelete'])]
  return rollingUpdate
    ? validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`)
    : [required(`${path}.rollingUpdate`)]
}

function validateRollingUpdate(
  { maxUnavailable, maxSurge }: RollingUpdateDaemonSet,
  path: string,
): FieldError[] {
  const [mayMiss, maySurge] = [!isZeroIntOrPercent(maxUnavailable), !isZeroIntOrPercent(maxSurge)]
  const text = 'may not be set when maxUnavailable is non-zero'
  return [
    ...positiveIntOrPercent(maxUnavailable, `${path}.maxUnavailable`),
    ...positiveIntOrPercent(maxSurge, `${path}.maxSurge`),
    ...notMoreThan100Percent(maxUnavailable, `${path}.maxUnavailable`),
    ...notMoreThan100Percent(maxSurge, `${path}.maxSurge`),
    ...(mayMiss && maySurge ? [invalid(`${path}.maxSurge`, maxSurge, text)] : NONE),
    ...(!mayMiss && !maySurge
      ? [required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')]
      : NONE),
  ]
}

const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const

function validateStatusUpdate({ status }: DaemonSet, old: DaemonSet): FieldError[] {
  return [
    ...COUNTS.flatMap((field) => nonNegative(status[field], `status.${field}`)),
    ...validateCollisionCount(status, old.status),
  ]
}
