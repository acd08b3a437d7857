import { bool, int32, listOf, ref, string, time } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class FlowDistinguisherMethod extends message(
  'How requests matching a FlowSchema are split into flows.',
  {
    type: string(1, 'Whether flows are told apart ByUser or ByNamespace.').required(),
  },
) {}

export class NonResourcePolicyRule extends message(
  'Matches requests for URLs that are not resources.',
  {
    verbs: listOf('string', 1, 'HTTP verbs that match. * stands for all and must then be alone.')
      .required()
      .set(),
    nonResourceURLs: listOf(
      'string',
      6,
      'URL paths that match, such as /healthz or /healthz/*. A lone * stands for all.',
    )
      .required()
      .set(),
  },
) {}

export class ResourcePolicyRule extends message('Matches requests for resources.', {
  verbs: listOf('string', 1, 'Verbs that match. * stands for all and must then be alone.')
    .required()
    .set(),
  apiGroups: listOf('string', 2, 'API groups that match. * stands for all and must then be alone.')
    .required()
    .set(),
  resources: listOf(
    'string',
    3,
    'Resources and subresources that match. * stands for all and must then be alone.',
  )
    .required()
    .set(),
  clusterScope: bool(4, 'Whether requests without a namespace match. Defaults to false.'),
  namespaces: listOf(
    'string',
    5,
    'Namespaces whose requests match. * stands for all; needed unless clusterScope is true.',
  )
    .written()
    .set(),
}) {}

export class GroupSubject extends message('A group of users.', {
  name: string(1, 'Name of the group. * stands for all groups.').required(),
}) {}

export class ServiceAccountSubject extends message('A ServiceAccount whose requests match.', {
  namespace: string(1, 'Namespace of the ServiceAccount whose requests match.').required(),
  name: string(2, 'Name of the ServiceAccount. * stands for all in the namespace.').required(),
}) {}

export class UserSubject extends message('A user whose requests match.', {
  name: string(1, 'Name of the user. * stands for all users.').required(),
}) {}

export class Subject extends message('A user, group or ServiceAccount that something applies to.', {
  kind: string(1, 'What sort of subject this is: User, Group or ServiceAccount.').required(),
  user: ref(UserSubject, 2, 'The user, when kind is User.'),
  group: ref(GroupSubject, 3, 'The group, when kind is Group.'),
  serviceAccount: ref(ServiceAccountSubject, 4, 'The ServiceAccount, when kind is ServiceAccount.'),
}) {}

export class PolicyRulesWithSubjects extends message(
  'Matches requests by who makes them and what they ask for.',
  {
    subjects: listOf(
      Subject,
      1,
      'Users, groups and ServiceAccounts whose requests match. At least one is needed.',
    )
      .atomic()
      .required(),
    resourceRules: listOf(
      ResourcePolicyRule,
      2,
      'Requests for resources that match. Needed unless nonResourceRules are given.',
    ).atomic(),
    nonResourceRules: listOf(
      NonResourcePolicyRule,
      3,
      'Requests for other URLs that match. Needed unless resourceRules are given.',
    ).atomic(),
  },
) {}

export class PriorityLevelConfigurationReference extends message('Points at a priority level.', {
  name: string(1, 'Name of the PriorityLevelConfiguration that the requests go to.').required(),
}) {}

export class FlowSchemaSpec extends message(
  'Which requests a FlowSchema matches and how they are treated.',
  {
    priorityLevelConfiguration: ref(
      PriorityLevelConfigurationReference,
      1,
      'The priority level the requests go to. The FlowSchema is ignored while the level does not exist.',
    ).required(),
    matchingPrecedence: int32(
      2,
      'Order in which FlowSchemas are tried, lowest first. From 1 to 10000; defaults to 1000.',
    )
      .written()
      .default(1000),
    distinguisherMethod: ref(
      FlowDistinguisherMethod,
      3,
      'How requests are split into flows. All form a single flow when unset.',
    ),
    rules: listOf(
      PolicyRulesWithSubjects,
      4,
      'Which requests match. Any one rule is enough; none match when empty.',
    ).atomic(),
  },
) {}

export class FlowSchemaCondition extends message(
  'One observed aspect of the state of a FlowSchema.',
  {
    type: string(1, 'The aspect reported, such as Dangling.'),
    status: string(2, 'Whether the condition holds: True, False or Unknown.'),
    lastTransitionTime: time(3, 'When the status of this condition last changed.'),
    reason: string(4, 'Machine-readable word for why the status last changed.'),
    message: string(5, 'Human-readable details about the last change.'),
  },
) {}

export class FlowSchemaStatus extends message('The observed state of a FlowSchema.', {
  conditions: listOf(FlowSchemaCondition, 1, 'The latest observed conditions of the FlowSchema.')
    .mapKeys('type')
    .patch('merge', 'type'),
}) {}

export class FlowSchema extends resource(
  'Assigns a group of API requests to a priority level.',
  { plural: 'flowschemas', namespaced: false, subresources: ['status'] },
  {
    spec: ref(FlowSchemaSpec, 2, 'The requests matched and the level they go to.').written(),
    status: ref(FlowSchemaStatus, 3, 'What was last observed of the FlowSchema.').written(),
  },
) {}
