import type {
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from '../../api/flowcontrol/v1/flow-schema.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { FlowAttributes } from './flow-attributes.ts'

type Matches = (attributes: FlowAttributes) => boolean

/** Whether a FlowSchema is about a request; made once, since every request asks every schema before its own. */
export function flowSchemaMatcher({ rules = [] }: FlowSchemaSpec): Matches {
  return anyOf(rules.map(ruleMatcher))
}

function ruleMatcher(rule: PolicyRulesWithSubjects): Matches {
  const { subjects, resourceRules = [], nonResourceRules = [] } = rule
  const isSubject = subjectMatcher(subjects)
  const isResource = anyOf(resourceRules.map(resourceMatcher))
  const isPath = anyOf(nonResourceRules.map(nonResourceMatcher))
  return (attributes) =>
    isSubject(attributes.user) &&
    (attributes.type === 'resource' ? isResource(attributes) : isPath(attributes))
}

function subjectMatcher(subjects: readonly Subject[]): (user: UserInfo) => boolean {
  const users = new Set(subjects.flatMap(({ user }) => (user ? [user.name] : [])))
  const groups = new Set(subjects.flatMap(({ group }) => (group ? [group.name] : [])))
  const prefixes: string[] = []
  for (const { serviceAccount: account } of subjects) {
    if (!account) continue
    const prefix = `system:serviceaccount:${account.namespace}:`
    if (account.name === ALL) prefixes.push(prefix)
    else users.add(prefix + account.name)
  }
  if (users.has(ALL) || groups.has(ALL)) return () => true
  return (user) =>
    users.has(user.name) ||
    (groups.size > 0 && user.groups.some((group) => groups.has(group))) ||
    prefixes.some((prefix) => user.name.startsWith(prefix))
}

const ALL = '*'

function resourceMatcher(rule: ResourcePolicyRule): Matches {
  const isVerb = oneOf(rule.verbs)
  const isGroup = oneOf(rule.apiGroups)
  const isResource = oneOf(rule.resources)
  const isNamespace = oneOf(rule.namespaces)
  const clusterScope = rule.clusterScope ?? false
  return (attributes) => {
    if (attributes.type !== 'resource') return false
    const { verb, group, resource, subresource, namespace } = attributes
    return (
      isVerb(verb) &&
      isGroup(group) &&
      isResource(subresource === '' ? resource : `${resource}/${subresource}`) &&
      (namespace === '' ? clusterScope : isNamespace(namespace))
    )
  }
}

function nonResourceMatcher({ verbs, nonResourceURLs }: NonResourcePolicyRule): Matches {
  const isVerb = oneOf(verbs)
  const isExact = oneOf(nonResourceURLs)
  const prefixes = nonResourceURLs
    .filter((url) => url.endsWith('/*'))
    .map((url) => url.slice(0, -ALL.length))
  return (attributes) =>
    attributes.type === 'nonResource' &&
    isVerb(attributes.verb) &&
    (isExact(attributes.path) || prefixes.some((prefix) => attributes.path.startsWith(prefix)))
}

function oneOf(values: readonly string[]): (value: string) => boolean {
  if (values.includes(ALL)) return () => true
  const set = new Set(values)
  return (value) => set.has(value)
}

function anyOf(tests: readonly Matches[]): Matches {
  const [only] = tests
  if (tests.length === 1) return only!
  return (attributes) => tests.some((test) => test(attributes))
}
