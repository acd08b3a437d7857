import type { ResourceInfo } from '../../../schema/resource.ts'
import type { AdmissionAttributes } from '../plugin.ts'

/** A rule of a webhook or policy. */
export interface Rule {
  readonly operations?: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly apiVersions?: readonly string[]
  readonly resources?: readonly string[]
  readonly scope?: string
  readonly resourceNames?: readonly string[]
}

/** Whether a rule is about a request, taken as one to this version of the resource. */
export function ruleMatches(
  rule: Rule,
  attributes: Pick<AdmissionAttributes, 'operation' | 'subresource' | 'namespace' | 'name'>,
  { group, version, plural }: ResourceInfo,
): boolean {
  const { operations, apiGroups, apiVersions, resources = [], resourceNames = [] } = rule
  return (
    has(operations, attributes.operation) &&
    has(apiGroups, group) &&
    has(apiVersions, version) &&
    resources.some((each) => resourceMatches(each, plural, attributes.subresource)) &&
    scopeMatches(rule, attributes, group, plural) &&
    (resourceNames.length === 0 || resourceNames.includes(attributes.name))
  )
}

function has(values: readonly string[] = [], value: string): boolean {
  return values.includes('*') || values.includes(value)
}

function resourceMatches(rule: string, plural: string, subresource: string): boolean {
  const slash = rule.indexOf('/')
  const [resource, sub] = slash < 0 ? [rule, ''] : [rule.slice(0, slash), rule.slice(slash + 1)]
  return (resource === '*' || resource === plural) && (sub === '*' || sub === subresource)
}

function scopeMatches(
  { scope = '*' }: Rule,
  { namespace }: Pick<AdmissionAttributes, 'namespace'>,
  group: string,
  plural: string,
): boolean {
  if (scope === '*') return true
  const isNamespaced = namespace !== '' && !(group === '' && plural === 'namespaces')
  return isNamespaced === (scope === 'Namespaced')
}
