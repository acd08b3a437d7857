import { dns1123LabelProblems } from '../../../apimachinery/names.ts'
import { duplicate, required, type FieldError } from '../../../schema/field-error.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import { preparation } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { atMost, eachAt, ifSet, immutable, NONE, requiredName } from '../../validation/rules.ts'
import { validateControllerRef, validateGroupSettings } from './pod-group-validation.ts'
import type { PodGroupTemplate, Workload, WorkloadSpec } from './workload.ts'

const TEMPLATES_MAX = 8

/** The rules of Workloads (pkg/registry/scheduling/workload/strategy.go). */
export function workloadStrategy(type: ResourceClass<Workload>): Strategy<Workload> {
  return {
    ...preparation(type),
    validateCreate: ({ spec }) => [
      ...validateController(spec),
      ...validateTemplates(spec.podGroupTemplates, 'spec.podGroupTemplates'),
    ],
    validateUpdate: ({ spec }, { spec: old }) => [
      ...(old.controllerRef
        ? immutable(spec.controllerRef, old.controllerRef, 'spec.controllerRef')
        : validateController(spec)),
      ...immutable(spec.podGroupTemplates, old.podGroupTemplates, 'spec.podGroupTemplates'),
    ],
  }
}

function validateController({ controllerRef }: WorkloadSpec): FieldError[] {
  return ifSet(controllerRef, (ref) => validateControllerRef(ref, 'spec.controllerRef'))
}

function validateTemplates(templates: readonly PodGroupTemplate[], path: string): FieldError[] {
  if (templates.length === 0) return [required(path, 'must have at least one item')]
  const tooMany = atMost(templates, TEMPLATES_MAX, path)
  if (tooMany.length > 0) return tooMany
  return eachAt(templates, path, (template, at, i) => [
    ...requiredName(template.name, `${at}.name`, dns1123LabelProblems),
    ...(templates.slice(0, i).some(({ name }) => name === template.name)
      ? [duplicate(at, template)]
      : NONE),
    ...validateGroupSettings(template, at),
  ])
}
