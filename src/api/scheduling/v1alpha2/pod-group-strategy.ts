import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { invalid, type FieldError } from '../../../schema/field-error.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import { validateConditions } from '../../meta/v1/condition-validation.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import {
  atMost,
  eachAt,
  ifSet,
  immutable,
  optionalName,
  requiredName,
} from '../../validation/rules.ts'
import { validateGroupSettings } from './pod-group-validation.ts'
import type { PodGroup, PodGroupStatus, PodGroupTemplateReference } from './pod-group.ts'

const CLAIM_STATUSES_MAX = 4
/** A group is what it was made as. */
const IMMUTABLE_FIELDS = [
  'podGroupTemplateRef',
  'schedulingPolicy',
  'schedulingConstraints',
  'resourceClaims',
  'disruptionMode',
  'priorityClassName',
  'priority',
] as const

/** The rules of PodGroups (pkg/registry/scheduling/podgroup/strategy.go). */
export function podGroupStrategy(type: ResourceClass<PodGroup>): Strategy<PodGroup> {
  return {
    ...preparation(type),
    validateCreate: ({ spec }) => [
      ...ifSet(spec.podGroupTemplateRef, (ref) =>
        validateTemplateRef(ref, 'spec.podGroupTemplateRef'),
      ),
      ...validateGroupSettings(spec, 'spec'),
    ],
    validateUpdate: ({ spec }, old) =>
      IMMUTABLE_FIELDS.flatMap((field) => immutable(spec[field], old.spec[field], `spec.${field}`)),
    status: statusStrategy(({ status }) => validateStatus(status, 'status')),
  }
}

function validateTemplateRef({ workload }: PodGroupTemplateReference, path: string): FieldError[] {
  if (!workload) return [invalid(path, '', 'must specify one of: `workload`')]
  const { workloadName, podGroupTemplateName: template } = workload
  return [
    ...requiredName(workloadName, `${path}.workload.workloadName`, dns1123SubdomainProblems),
    ...requiredName(template, `${path}.workload.podGroupTemplateName`, dns1123LabelProblems),
  ]
}

function validateStatus(
  { conditions, resourceClaimStatuses: claims }: PodGroupStatus,
  path: string,
): FieldError[] {
  const at = `${path}.resourceClaimStatuses`
  return [
    ...validateConditions(conditions, `${path}.conditions`),
    ...atMost(claims, CLAIM_STATUSES_MAX, at),
    ...eachAt(claims, at, ({ resourceClaimName: name }, claimPath) =>
      optionalName(name, `${claimPath}.resourceClaimName`, dns1123SubdomainProblems),
    ),
  ]
}
