import type { FieldError } from '../../../schema/field-error.ts'
import { changeField } from '../../change.ts'
import { defaultPodTemplate } from '../../core/v1/pod-defaults.ts'
import { podTemplateWarnings } from '../../core/v1/pod-warnings.ts'
import { podNameWarnings } from '../../core/v1/replication-controller-strategy.ts'
import {
  validateReplicaCounts,
  validateWorkloadSelector,
} from '../../core/v1/template-validation.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { immutable, nonNegative } from '../../validation/rules.ts'
import { validateTemplate } from './deployment-strategy.ts'
import { ReplicaSet, type ReplicaSetSpec } from './replica-set.ts'

/** The rules of ReplicaSets (pkg/registry/apps/replicaset/strategy.go). */
export const replicaSetStrategy: Strategy<ReplicaSet> = {
  applyDefaults: (replicaSet) =>
    changeField(replicaSet, 'spec', (spec) => changeField(spec, 'template', defaultPodTemplate)),
  ...preparation(ReplicaSet),
  validateCreate: ({ spec }) => validateSpec(spec),
  validateUpdate: ({ spec }, old) => [
    ...validateSpec(spec),
    ...immutable(spec.selector, old.spec.selector, 'spec.selector'),
  ],
  warnings: (replicaSet, old) => [
    ...(old ? [] : podNameWarnings(replicaSet.metadata.name)),
    ...(!old || replicaSet.metadata.generation !== old.metadata.generation
      ? podTemplateWarnings(replicaSet.spec.template, 'spec.template')
      : []),
  ],
  status: statusStrategy(({ status }) => validateReplicaCounts(status)),
}

function validateSpec(spec: ReplicaSetSpec): FieldError[] {
  return [
    ...nonNegative(spec.replicas, 'spec.replicas'),
    ...nonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    // The text is upstream's.
    ...validateWorkloadSelector(
      spec.selector,
      'spec.selector',
      'empty selector is invalid for deployment',
    ),
    ...validateTemplate(spec, 'ReplicaSet'),
  ]
}
