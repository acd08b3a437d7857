import { bool, listOf, ref, string } from '../../schema/field.ts'
import { messagesOf } from '../../schema/message.ts'
import { ObjectMeta } from '../../api/meta/v1/object-meta.ts'

const message = messagesOf('io.k8s.apiserver.pkg.apis.audit.v1')

export class GroupResources extends message('Resources of one group.', {
  group: string(1, 'The group; empty for the core group.'),
  resources: listOf('string', 2, 'Resources, subresources and patterns; all where empty.'),
  resourceNames: listOf('string', 3, 'The names of objects; all where empty.'),
}) {}

export class PolicyRule extends message('How much is recorded of which requests.', {
  level: string(1, 'None, Metadata, Request or RequestResponse.'),
  users: listOf('string', 2, 'Who asks; anybody where empty.'),
  userGroups: listOf('string', 3, 'Of which groups who asks is in any; anybody where empty.'),
  verbs: listOf('string', 4, 'What is asked for; anything where empty.'),
  resources: listOf(GroupResources, 5, 'What it is about; anything where empty.'),
  namespaces: listOf('string', 6, 'Where that is; anywhere where empty.'),
  nonResourceURLs: listOf('string', 7, 'Paths that are no resources.'),
  omitStages: listOf('string', 8, 'Of which stages no event is made.'),
  omitManagedFields: bool(9, 'Whether managed fields are left out.').pointer(),
}) {}

export class Policy extends message('What is recorded of requests.', {
  metadata: ref(ObjectMeta, 1, 'Metadata, for names.'),
  rules: listOf(PolicyRule, 2, 'The first that fits a request decides.'),
  omitStages: listOf('string', 3, 'Of which stages no event is made, whatever the rule.'),
  omitManagedFields: bool(4, 'Whether managed fields are left out where rules do not say.'),
}) {}
