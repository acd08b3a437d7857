import { listOf, ref, string } from '../../../schema/field.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { message } from './group.ts'

export class NamedRuleWithOperations extends message(
  'Operations and resources, optionally limited to named objects.',
  {
    resourceNames: listOf(
      'string',
      1,
      'Names of the only objects that match. All names match when empty.',
    ).atomic(),
    operations: listOf(
      'string',
      1,
      'Operations that match: CREATE, UPDATE, DELETE, CONNECT, or * for all. Required.',
    )
      .atomic()
      .oneOf('*', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT')
      .within(2),
    apiGroups: listOf('string', 1, 'API groups of the resources. * stands for all. Required.')
      .atomic()
      .within(2, 2),
    apiVersions: listOf('string', 2, 'API versions of the resources. * stands for all. Required.')
      .atomic()
      .within(2, 2),
    resources: listOf(
      'string',
      3,
      'Resources that match, such as pods, pods/log, */scale or *. Required.',
    )
      .atomic()
      .within(2, 2),
    scope: string(4, 'Whether Cluster or Namespaced resources match, or * for both. Defaults to *.')
      .oneOf('Cluster', 'Namespaced', '*')
      .pointer()
      .within(2, 2),
  },
  { atomic: true },
) {}

export class MatchResources extends message(
  'Which requests a policy or binding applies to.',
  {
    namespaceSelector: ref(
      LabelSelector,
      1,
      'Labels of the namespaces considered. All are when empty; cluster-scoped objects are never skipped by it.',
    ),
    objectSelector: ref(
      LabelSelector,
      2,
      'Labels that the new or the old object must have. All objects match when empty.',
    ),
    resourceRules: listOf(
      NamedRuleWithOperations,
      3,
      'Operations and resources that match. Any one rule is enough.',
    ).atomic(),
    excludeResourceRules: listOf(
      NamedRuleWithOperations,
      4,
      'Operations and resources left out, even when resourceRules match.',
    ).atomic(),
    matchPolicy: string(
      7,
      'Exact takes rules literally; Equivalent also matches the same resource in other groups or versions. Defaults to Equivalent.',
    )
      .oneOf('Exact', 'Equivalent')
      .pointer(),
  },
  { atomic: true },
) {}
