import type { AuthorizationAttributes } from '../authorization/authorizer.ts'
import type { Level, Stage } from './audit-event.ts'

/** Which requests are recorded, and how much of them (audit.k8s.io/v1 Policy). */
export interface AuditPolicy {
  /** The first that fits decides; what none fits is not recorded. */
  readonly rules: readonly PolicyRule[]
  readonly omitStages: readonly Stage[]
  readonly omitManagedFields: boolean
}

export interface PolicyRule {
  readonly level: Level
  readonly users: readonly string[]
  readonly userGroups: readonly string[]
  readonly verbs: readonly string[]
  readonly resources: readonly GroupResources[]
  /** The empty one stands for what is in no namespace. */
  readonly namespaces: readonly string[]
  /** `*`, a path, or the beginning of one with `*` behind it. */
  readonly nonResourceURLs: readonly string[]
  readonly omitStages: readonly Stage[]
  readonly omitManagedFields: boolean | undefined
}

export interface GroupResources {
  readonly group: string
  /** `pods`, `pods/log`, `pods/*`, `*`, and any resource's scale by a star in front; all of the group where empty. */
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
}

/** What is recorded of one request. */
export interface AuditRule {
  readonly level: Level
  readonly omitStages: ReadonlySet<Stage>
  readonly omitManagedFields: boolean
}

/** Finds the rule of a request; undefined where nothing of it is recorded. */
export function auditRules(
  policy: AuditPolicy,
): (attributes: AuthorizationAttributes) => AuditRule | undefined {
  const compiled = policy.rules.map((rule) => ({
    rule,
    result: {
      level: rule.level,
      omitStages: new Set([...policy.omitStages, ...rule.omitStages]),
      omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields,
    },
  }))
  return (attributes) => {
    const found = compiled.find(({ rule }) => matches(rule, attributes))?.result
    return found?.level === 'None' ? undefined : found
  }
}

function matches(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  const { users, userGroups, verbs, resources, namespaces, nonResourceURLs } = rule
  const { user, verb } = attributes
  if (users.length > 0 && !users.includes(user.name)) return false
  if (userGroups.length > 0 && !user.groups.some((each) => userGroups.includes(each))) return false
  if (verbs.length > 0 && !verbs.includes(verb)) return false
  if (namespaces.length > 0 || resources.length > 0) return matchesResource(rule, attributes)
  if (nonResourceURLs.length === 0) return true
  return attributes.type === 'nonResource' && nonResourceURLs.some(isPath(attributes.path))
}

function matchesResource(
  { namespaces, resources }: PolicyRule,
  attributes: AuthorizationAttributes,
): boolean {
  if (attributes.type !== 'resource') return false
  if (namespaces.length > 0 && !namespaces.includes(attributes.namespace)) return false
  return resources.length === 0 || resources.some((each) => includes(each, attributes))
}

function includes(
  { group, resources, resourceNames }: GroupResources,
  about: Extract<AuthorizationAttributes, { type: 'resource' }>,
): boolean {
  if (group !== about.group) return false
  if (resources.length === 0) return true
  if (resourceNames.length > 0 && !resourceNames.includes(about.name)) return false
  const { resource, subresource } = about
  const combined = subresource === '' ? resource : `${resource}/${subresource}`
  const patterns = ['*', combined, `${resource}/*`, ...(subresource ? [`*/${subresource}`] : [])]
  return patterns.some((each) => resources.includes(each))
}

function isPath(path: string): (pattern: string) => boolean {
  return (pattern) =>
    pattern === '*' ||
    pattern === path ||
    (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)))
}
