import { equal } from '../../../apimachinery/equality.ts'
import { validateLabels } from '../../../apimachinery/label-validation.ts'
import { dns1035LabelProblems, dns1123LabelProblems } from '../../../apimachinery/names.ts'
import { forbidden, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { changeField, changeItems, withField, withFields } from '../../change.ts'
import type { PodTemplateSpec } from '../../core/v1/common.ts'
import { claimSpecWarnings } from '../../core/v1/persistent-volume-claim-strategy.ts'
import type { PersistentVolumeClaim } from '../../core/v1/persistent-volume-claim.ts'
import { validatePodAnnotations } from '../../core/v1/pod-annotation-validation.ts'
import { defaultPodTemplate } from '../../core/v1/pod-defaults.ts'
import { podTemplateWarnings } from '../../core/v1/pod-warnings.ts'
import { roundUpResources } from '../../core/v1/quantity-rounding.ts'
import {
  parseSelector,
  validateAtMost,
  validateRunsForever,
  validateTemplateIsSelected,
  validateWorkloadSelector,
} from '../../core/v1/template-validation.ts'
import { validateAnnotations } from '../../meta/v1/object-meta-validation.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import {
  isZeroIntOrPercent,
  notMoreThan100Percent,
  positiveIntOrPercent,
} from '../../validation/int-or-percent.ts'
import { NONE, nonNegative, oneOf, optionalName } from '../../validation/rules.ts'
import { validateCollisionCount } from './collision-count.ts'
import { StatefulSet, StatefulSetSpec, type StatefulSetUpdateStrategy } from './stateful-set.ts'

/** The rules of StatefulSets (pkg/registry/apps/statefulset/strategy.go). */
export const statefulSetStrategy: Strategy<StatefulSet> = {
  applyDefaults: (statefulSet) => changeField(statefulSet, 'spec', defaultSpec),
  ...preparation(StatefulSet),
  validateCreate: ({ spec }) => [
    ...validateSpec(spec),
    ...optionalName(spec.serviceName, 'spec.serviceName', dns1035LabelProblems),
  ],
  validateUpdate: ({ spec }, old) => [...validateSpec(spec), ...validateChange(spec, old.spec)],
  // The name is the beginning of its Pods' hostnames.
  validateName: dns1123LabelProblems,
  warnings: (statefulSet, old) => [
    ...(!old || statefulSet.metadata.generation !== old.metadata.generation
      ? podTemplateWarnings(statefulSet.spec.template, 'spec.template')
      : []),
    ...(statefulSet.spec.volumeClaimTemplates ?? []).flatMap(({ spec }, i) =>
      claimSpecWarnings(spec, `spec.volumeClaimTemplates[${i}].Spec`),
    ),
    ...(statefulSet.spec.revisionHistoryLimit < 0
      ? [
          'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
        ]
      : []),
  ],
  status: statusStrategy(validateStatusUpdate),
}

function defaultSpec(spec: StatefulSetSpec): StatefulSetSpec {
  const { persistentVolumeClaimRetentionPolicy: retention = {} } = spec
  return withFields(spec, {
    template: defaultPodTemplate(spec.template),
    updateStrategy: defaultStrategy(spec.updateStrategy),
    persistentVolumeClaimRetentionPolicy: withFields(retention, {
      whenDeleted: retention.whenDeleted || 'Retain',
      whenScaled: retention.whenScaled || 'Retain',
    }),
    volumeClaimTemplates:
      spec.volumeClaimTemplates && changeItems(spec.volumeClaimTemplates, defaultClaim),
  })
}

function defaultStrategy(strategy: StatefulSetUpdateStrategy): StatefulSetUpdateStrategy {
  if (strategy.type !== 'RollingUpdate') return strategy
  const rolling = strategy.rollingUpdate ?? {}
  return withField(
    strategy,
    'rollingUpdate',
    withFields(rolling, {
      partition: rolling.partition ?? 0,
      maxUnavailable: rolling.maxUnavailable ?? 1,
    }),
  )
}

function defaultClaim(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const named =
    claim.apiVersion === 'v1' && claim.kind === 'PersistentVolumeClaim'
      ? claim
      : { ...claim, apiVersion: 'v1', kind: 'PersistentVolumeClaim' }
  return changeField(named, 'spec', (spec) => changeField(spec, 'resources', roundUpResources))
}

function validateSpec(spec: StatefulSetSpec): FieldError[] {
  const { podManagementPolicy: policy, persistentVolumeClaimRetentionPolicy: retention } = spec
  const at = 'spec.persistentVolumeClaimRetentionPolicy'
  return [
    ...(policy === 'OrderedReady' || policy === 'Parallel'
      ? NONE
      : [invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'")]),
    ...validateStrategy(spec.updateStrategy, 'spec.updateStrategy'),
    ...oneOf(retention?.whenDeleted, ['Retain', 'Delete'], `${at}.whenDeleted`),
    ...oneOf(retention?.whenScaled, ['Retain', 'Delete'], `${at}.whenScaled`),
    ...nonNegative(spec.replicas, 'spec.replicas'),
    ...nonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...nonNegative(spec.ordinals?.start, 'spec.ordinals.start'),
    ...validateWorkloadSelector(
      spec.selector,
      'spec.selector',
      'empty selector is invalid for statefulset',
    ),
    ...validateTemplate(spec),
    ...validateRunsForever(spec.template, 'spec.template', 'StatefulSet'),
  ]
}

// The volumes of its claims are not in the template, so the containers' mounts cannot be checked here.
function validateTemplate({ selector, template }: StatefulSetSpec): FieldError[] {
  const parsed = parseSelector(selector)
  if (!parsed) return [invalid('spec.selector', selector, '')]
  return [
    ...validateTemplateIsSelected(template, parsed, 'spec.template'),
    ...validateTemplateMetadata(template, 'spec.template'),
  ]
}

function validateTemplateMetadata({ metadata, spec }: PodTemplateSpec, path: string): FieldError[] {
  return [
    ...validateLabels(metadata.labels, `${path}.labels`),
    ...validateAnnotations(metadata.annotations, `${path}.annotations`),
    ...validatePodAnnotations(metadata.annotations, spec, `${path}.annotations`),
  ]
}

function validateStrategy(strategy: StatefulSetUpdateStrategy, path: string): FieldError[] {
  const { type, rollingUpdate } = strategy
  const at = `${path}.rollingUpdate`
  if (type === 'OnDelete') {
    const text = "only allowed for updateStrategy 'RollingUpdate'"
    return rollingUpdate ? [invalid(at, rollingUpdate, text)] : NONE
  }
  if (type !== 'RollingUpdate') {
    if (!type) return [required(path)]
    return [invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'")]
  }
  const { partition, maxUnavailable } = rollingUpdate ?? {}
  return [
    ...nonNegative(partition, `${at}.partition`),
    ...(maxUnavailable === undefined
      ? NONE
      : validateMaxUnavailable(maxUnavailable, `${at}.maxUnavailable`)),
  ]
}

function validateMaxUnavailable(value: number | string, path: string): FieldError[] {
  return [
    ...positiveIntOrPercent(value, path),
    ...(isZeroIntOrPercent(value) ? [invalid(path, value, 'cannot be 0')] : NONE),
    ...notMoreThan100Percent(value, path),
  ]
}

const UPDATABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const

const UPDATABLE_TEXT =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

function validateChange(spec: StatefulSetSpec, old: StatefulSetSpec): FieldError[] {
  let munged = spec
  for (const field of UPDATABLE) munged = withField(munged, field, old[field])
  return equal(munged, old) || semanticEqual(StatefulSetSpec, munged, old)
    ? NONE
    : [forbidden('spec', UPDATABLE_TEXT)]
}

const COUNTS = [
  'replicas',
  'readyReplicas',
  'currentReplicas',
  'updatedReplicas',
  'availableReplicas',
  'observedGeneration',
  'collisionCount',
] as const

function validateStatusUpdate({ status }: StatefulSet, old: StatefulSet): FieldError[] {
  return [
    ...COUNTS.flatMap((field) => nonNegative(status[field], `status.${field}`)),
    ...validateAtMost(
      status,
      ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'],
      'replicas',
      'status',
    ),
    ...validateAtMost(status, ['availableReplicas'], 'readyReplicas', 'status'),
    ...validateCollisionCount(status, old.status),
  ]
}
