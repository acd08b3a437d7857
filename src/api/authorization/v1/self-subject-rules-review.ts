import { bool, listOf, ref, string } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class NonResourceRule extends message('Verbs the user may use on some URL paths.', {
  verbs: listOf('string', 1, 'Allowed HTTP verbs, such as get or post. * stands for all.')
    .atomic()
    .required(),
  nonResourceURLs: listOf(
    'string',
    2,
    'URL paths covered; * is allowed only as the full, last path segment.',
  ).atomic(),
}) {}

export class ResourceRule extends message('Verbs the user may use on some resources.', {
  verbs: listOf('string', 1, 'Allowed actions, such as get, list or create. * stands for all.')
    .atomic()
    .required(),
  apiGroups: listOf('string', 2, 'API groups of the resources. * stands for all.').atomic(),
  resources: listOf(
    'string',
    3,
    'Resources covered. * stands for all in the given API groups, */foo for subresource foo of all.',
  ).atomic(),
  resourceNames: listOf(
    'string',
    4,
    'Names of the only objects covered. All names are covered when empty.',
  ).atomic(),
}) {}

export class SelfSubjectRulesReviewSpec extends message('What a rules review asks about.', {
  namespace: string(1, 'Namespace to evaluate the rules in. Required.'),
}) {}

export class SubjectRulesReviewStatus extends message(
  'The actions a user may perform. The list can be incomplete.',
  {
    resourceRules: listOf(ResourceRule, 1, 'Allowed actions on resources, in no particular order.')
      .atomic()
      .required(),
    nonResourceRules: listOf(
      NonResourceRule,
      2,
      'Allowed actions on URLs that are not resources, in no particular order.',
    )
      .atomic()
      .required(),
    incomplete: bool(
      3,
      'True when the lists are not complete, for example because an authorizer cannot enumerate rules.',
    ).required(),
    evaluationError: string(
      4,
      'Error met while collecting the rules. The rest of the answer is still usable.',
    ),
  },
) {}

export class SelfSubjectRulesReview extends resource(
  'Asks what the caller may do in a namespace. Meant for user interfaces, not for enforcing access.',
  { plural: 'selfsubjectrulesreviews', namespaced: false, verbs: ['create'] },
  {
    spec: ref(SelfSubjectRulesReviewSpec, 2, 'The namespace whose rules are asked for.').required(),
    status: ref(
      SubjectRulesReviewStatus,
      3,
      'The list of allowed actions, filled in by the server.',
    ).written(),
  },
) {}
