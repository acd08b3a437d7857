import { bool, listOf, mapOf, ref, string } from '../../../schema/field.ts'
import { FieldSelectorRequirement, LabelSelectorRequirement } from '../../meta/v1/selector.ts'
import { message } from './group.ts'

export class FieldSelectorAttributes extends message(
  'The field selector of a request being authorized. Set only one of its fields.',
  {
    rawSelector: string(
      1,
      'The selector as written in the query string. Not accepted by the API server; meant for webhooks.',
    ),
    requirements: listOf(
      FieldSelectorRequirement,
      2,
      'The parsed selector. All requirements must hold for an object to match.',
    ).atomic(),
  },
) {}

export class LabelSelectorAttributes extends message(
  'The label selector of a request being authorized. Set only one of its fields.',
  {
    rawSelector: string(
      1,
      'The selector as written in the query string. Not accepted by the API server; meant for webhooks.',
    ),
    requirements: listOf(
      LabelSelectorRequirement,
      2,
      'The parsed selector. All requirements must hold for an object to match.',
    ).atomic(),
  },
) {}

export class NonResourceAttributes extends message(
  'A request for a URL that is not an API resource.',
  {
    path: string(1, 'Path of the URL that is requested, such as /healthz.'),
    verb: string(2, 'HTTP verb of the request, in lower case.'),
  },
) {}

export class ResourceAttributes extends message('A request for an API resource.', {
  namespace: string(
    1,
    'Namespace of the action. Empty means cluster-scoped, or all namespaces for a namespaced resource.',
  ),
  verb: string(
    2,
    'Action, such as get, list, watch, create, update, patch or delete. * means all.',
  ),
  group: string(3, 'API group of the resource. * means all.'),
  version: string(4, 'API version of the resource. * means all.'),
  resource: string(5, 'Resource name in the plural, such as pods. * means all.'),
  subresource: string(6, 'Subresource, such as status. Empty means none.'),
  name: string(7, 'Name of the object. Empty means all objects.'),
  fieldSelector: ref(
    FieldSelectorAttributes,
    8,
    'Limits the check to objects matching these fields. Can only narrow, never widen, access.',
  ),
  labelSelector: ref(
    LabelSelectorAttributes,
    9,
    'Limits the check to objects matching these labels. Can only narrow, never widen, access.',
  ),
}) {}

export class SubjectAccessReviewSpec extends message(
  'The user and action to check. Set exactly one of the two attribute fields.',
  {
    resourceAttributes: ref(ResourceAttributes, 1, 'The action on an API resource.'),
    nonResourceAttributes: ref(
      NonResourceAttributes,
      2,
      'The action on a URL that is not a resource.',
    ),
    user: string(
      3,
      'User to check. With no groups given, the user is checked as a member of none.',
    ),
    groups: listOf('string', 4, 'Groups to check the user as a member of.').atomic(),
    extra: mapOf('stringList', 5, 'More attributes of the user, passed on to the authorizer.'),
    uid: string(6, 'UID of the user whose access is checked.'),
  },
) {}

export class SubjectAccessReviewStatus extends message('The result of an access check.', {
  allowed: bool(1, 'True when the action is permitted.').required(),
  denied: bool(
    4,
    'True when the action is explicitly refused. With allowed also false, no authorizer had an opinion.',
  ),
  reason: string(2, 'Why access was allowed or refused.'),
  evaluationError: string(3, 'Error met during the check. A verdict may still have been reached.'),
}) {}
