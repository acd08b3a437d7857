import { dns1123LabelProblems } from '../../../apimachinery/names.ts'
import { formatList } from '../../../apimachinery/go-format.ts'
import { matches, selectorFromLabels } from '../../../apimachinery/labels.ts'
import { invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { changeField, withField } from '../../change.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { generationPreparation, preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { NONE, nonNegative } from '../../validation/rules.ts'
import { PodTemplateSpec } from './common.ts'
import { defaultPodTemplate } from './pod-defaults.ts'
import type { PodTemplate } from './pod-template.ts'
import { validatePodTemplateSpec } from './pod-validation.ts'
import { podTemplateWarnings } from './pod-warnings.ts'
import { ReplicationController, type ReplicationControllerSpec } from './replication-controller.ts'
import { validateEternalTemplate, validateReplicaCounts } from './template-validation.ts'

/** The rules of ReplicationControllers. */
export const replicationControllerStrategy: Strategy<ReplicationController> = {
  applyDefaults: defaultController,
  ...preparation(ReplicationController),
  validateCreate: ({ spec }) => validateSpec(spec),
  validateUpdate: ({ spec }) => validateSpec(spec),
  warnings: (controller, old) => [
    ...(old ? [] : podNameWarnings(controller.metadata.name)),
    ...(controller.spec.template
      ? podTemplateWarnings(controller.spec.template, 'spec.template')
      : []),
  ],
  status: statusStrategy(({ status }) => validateReplicaCounts(status)),
  selectableFields: { 'status.replicas': ({ status }) => String(status.replicas) },
  // Clients of version 1 have always been served so.
  defaultGarbageCollectionPolicy: 'orphan',
}

/** What is said of a name that Pods will carry on. */
export function podNameWarnings(name: string): string[] {
  const problems = dns1123LabelProblems(name)
  return problems.length === 0
    ? []
    : [
        `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: ${formatList(problems)}`,
      ]
}

/** Selector and labels are taken from the template. */
function defaultController(controller: ReplicationController): ReplicationController {
  const { metadata, spec } = controller
  const labels = spec.template?.metadata.labels
  const changed = withField(
    controller,
    'spec',
    withField(
      changeField(spec, 'template', defaultPodTemplate),
      'selector',
      spec.selector ?? labels,
    ),
  )
  return labels && !metadata.labels ? { ...changed, metadata: { ...metadata, labels } } : changed
}

function validateSpec(spec: ReplicationControllerSpec): FieldError[] {
  const { selector = {}, template } = spec
  const path = 'spec.template'
  const labels = template?.metadata.labels
  const isSelected = matches(selectorFromLabels(selector), labels)
  return [
    ...nonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...(spec.selector ? NONE : [required('spec.selector')]),
    ...nonNegative(spec.replicas, 'spec.replicas'),
    ...(template && !isSelected
      ? [
          invalid(
            `${path}.metadata.labels`,
            labels ?? null,
            '`selector` does not match template `labels`',
          ),
        ]
      : NONE),
    ...(template
      ? validateEternalTemplate(template, path, 'ReplicationController')
      : [required(path)]),
  ]
}

/** The rules of PodTemplates. */
export const podTemplateStrategy: Strategy<PodTemplate> = {
  applyDefaults: (object) => changeField(object, 'template', defaultPodTemplate),
  ...generationPreparation<PodTemplate>(
    ({ template }, old) => !semanticEqual(PodTemplateSpec, template, old.template),
  ),
  validateCreate: ({ template }) => validatePodTemplateSpec(template, 'template'),
  validateUpdate: ({ template }) => validatePodTemplateSpec(template, 'template'),
  warnings: ({ template }) => podTemplateWarnings(template, 'template'),
}
