import { listOf, string } from '../../../schema/field.ts'
import { message } from './group.ts'

export class PolicyRule extends message('A set of verbs allowed on some resources or URLs.', {
  verbs: listOf('string', 1, 'Allowed actions, such as get, list or create. * stands for all.')
    .atomic()
    .required(),
  apiGroups: listOf(
    'string',
    2,
    'API groups of the resources. An empty string means the core group, * all groups.',
  ).atomic(),
  resources: listOf(
    'string',
    3,
    'Resources the rule covers, with subresources as pods/log. * stands for all.',
  ).atomic(),
  resourceNames: listOf(
    'string',
    4,
    'Names of the only objects the rule covers. All names are covered when empty.',
  ).atomic(),
  nonResourceURLs: listOf(
    'string',
    5,
    'URL paths such as /healthz; * is allowed as the full path or its last part. Only effective in a ClusterRole bound cluster-wide.',
  ).atomic(),
}) {}

export class RoleRef extends message(
  'Points at the role that a binding grants.',
  {
    apiGroup: string(1, 'API group of the role, normally rbac.authorization.k8s.io.')
      .written()
      .default('rbac.authorization.k8s.io'),
    kind: string(2, 'Kind of the role: Role or ClusterRole.').required(),
    name: string(3, 'Name of the Role or ClusterRole that is granted.').required(),
  },
  { atomic: true },
) {}

export class Subject extends message(
  'A user, group or ServiceAccount that something applies to.',
  {
    kind: string(1, 'What sort of subject this is: User, Group or ServiceAccount.').required(),
    apiGroup: string(
      2,
      'API group of the subject. Empty for ServiceAccount, rbac.authorization.k8s.io for User and Group.',
    ),
    name: string(3, 'Name of the user, group or ServiceAccount.').required(),
    namespace: string(4, 'Namespace of the ServiceAccount. Must be empty for User and Group.'),
  },
  { atomic: true },
) {}
