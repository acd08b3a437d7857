import { validateExpression, validateOperator } from '../../../apimachinery/label-validation.ts'
import { invalid, required, type FieldError } from '../../../schema/field-error.ts'
import type { ObjectMeta } from '../../meta/v1/object-meta.ts'
import type { Strategy } from '../../strategy.ts'
import { NONE, orNull } from '../../validation/rules.ts'
import type {
  FieldSelectorAttributes,
  ResourceAttributes,
  SubjectAccessReviewSpec,
} from './common.ts'
import type { LocalSubjectAccessReview } from './local-subject-access-review.ts'
import type { SelfSubjectAccessReview } from './self-subject-access-review.ts'
import type { SelfSubjectRulesReview } from './self-subject-rules-review.ts'
import type { SubjectAccessReview } from './subject-access-review.ts'

/** The rules of access reviews: questions that are answered, not stored. */
export const subjectAccessReviewStrategy: Strategy<SubjectAccessReview> = {
  validateCreate: ({ metadata, spec }) => [
    ...validateAttributes(spec),
    ...validateSubject(spec),
    ...validateNoMetadata(metadata),
  ],
  validateUpdate: () => NONE,
}

export const selfSubjectAccessReviewStrategy: Strategy<SelfSubjectAccessReview> = {
  validateCreate: ({ metadata, spec }) => [
    ...validateAttributes(spec),
    ...validateNoMetadata(metadata),
  ],
  validateUpdate: () => NONE,
}

export const localSubjectAccessReviewStrategy: Strategy<LocalSubjectAccessReview> = {
  validateCreate: validateLocal,
  validateUpdate: () => NONE,
}

export const selfSubjectRulesReviewStrategy: Strategy<SelfSubjectRulesReview> = {
  validateCreate: () => NONE,
  validateUpdate: () => NONE,
}

type Attributes = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>

function validateAttributes({ resourceAttributes, nonResourceAttributes }: Attributes) {
  const both = 'cannot be specified in combination with resourceAttributes'
  const none = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  return [
    ...(resourceAttributes && nonResourceAttributes
      ? [invalid('spec.nonResourceAttributes', nonResourceAttributes, both)]
      : NONE),
    ...(!resourceAttributes && !nonResourceAttributes
      ? [invalid('spec.resourceAttributes', orNull(nonResourceAttributes), none)]
      : NONE),
    ...(resourceAttributes ? validateSelectors(resourceAttributes) : NONE),
  ]
}

function validateSubject({ user, groups }: SubjectAccessReviewSpec): FieldError[] {
  return user || (groups ?? []).length > 0
    ? NONE
    : [invalid('spec.user', '', 'at least one of user or group must be specified')]
}

function validateSelectors({ fieldSelector, labelSelector }: ResourceAttributes): FieldError[] {
  return [
    ...validateSelector(fieldSelector, 'spec.resourceAttributes.fieldSelector', (each, path) => [
      ...(each.key === '' ? [required(`${path}.key`, 'must be specified')] : NONE),
      ...validateOperator(each.operator, each.values ?? [], path, true),
    ]),
    ...validateSelector(labelSelector, 'spec.resourceAttributes.labelSelector', (each, path) =>
      validateExpression(each, path, { allowUnknownOperators: true }),
    ),
  ]
}

type Requirement = NonNullable<FieldSelectorAttributes['requirements']>[number]

// Operators that only newer clients know are let through.
function validateSelector(
  selector: Pick<FieldSelectorAttributes, 'rawSelector' | 'requirements'> | undefined,
  path: string,
  validate: (requirement: Requirement, path: string) => readonly FieldError[],
): FieldError[] {
  if (!selector) return NONE
  const { rawSelector, requirements = [] } = selector
  const both = 'may not specified at the same time as requirements'
  const none = `when ${path} is specified, requirements or rawSelector is required`
  const given = requirements.length > 0
  return [
    ...(rawSelector && given ? [invalid(`${path}.rawSelector`, rawSelector, both)] : NONE),
    ...(rawSelector || given ? NONE : [required(`${path}.requirements`, none)]),
    ...requirements.flatMap((each, i) => validate(each, `${path}.requirements[${i}]`)),
  ]
}

const SYSTEM_FIELDS = new Set(['creationTimestamp', 'managedFields', 'uid'])

function validateNoMetadata(metadata: ObjectMeta, ...allowed: readonly string[]): FieldError[] {
  const set = Object.keys(metadata).filter(
    (field) => !SYSTEM_FIELDS.has(field) && !allowed.includes(field),
  )
  if (set.length === 0) return NONE
  const text = allowed.includes('namespace')
    ? 'must be empty except for namespace'
    : 'must be empty'
  return [invalid('metadata', metadata, text)]
}

function validateLocal({ metadata, spec }: LocalSubjectAccessReview): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec
  const { namespace = '' } = resourceAttributes ?? {}
  return [
    ...validateAttributes(spec),
    ...validateSubject(spec),
    ...validateNoMetadata(metadata, 'namespace'),
    ...(resourceAttributes && namespace !== metadata.namespace
      ? [invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace')]
      : NONE),
    ...(nonResourceAttributes
      ? [
          invalid(
            'spec.nonResourceAttributes',
            nonResourceAttributes,
            'disallowed on this kind of request',
          ),
        ]
      : NONE),
  ]
}
