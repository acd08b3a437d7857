import { validateLabelSelector } from '../../../apimachinery/label-validation.ts'
import { pathSegmentProblems } from '../../../apimachinery/names.ts'
import {
  duplicate,
  invalid,
  required,
  tooMany,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { changeItems, withField, withFields } from '../../change.ts'
import { eachAt, NONE, oneOf, problemsAt, qualifiedName } from '../../validation/rules.ts'
import type {
  MatchCondition,
  MatchResources,
  NamedRuleWithOperations,
  RuleWithOperations,
} from './common.ts'

/** Which requests webhooks and policies apply to. */

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const SCOPES = ['*', 'Cluster', 'Namespaced']
const CONDITIONS_MAX = 64
export const FAILURE_POLICIES: readonly string[] = ['Fail', 'Ignore']
export const MATCH_POLICIES: readonly string[] = ['Equivalent', 'Exact']
export const REINVOCATION_POLICIES: readonly string[] = ['IfNeeded', 'Never']

function defaultRule<R extends RuleWithOperations | NamedRuleWithOperations>(rule: R): R {
  return rule.scope === undefined ? { ...rule, scope: '*' } : rule
}

/** What a policy or binding matches where it does not say. */
export function defaultMatch(match: MatchResources): MatchResources {
  return withFields(match, {
    matchPolicy: match.matchPolicy ?? 'Equivalent',
    namespaceSelector: match.namespaceSelector ?? {},
    objectSelector: match.objectSelector ?? {},
    resourceRules: match.resourceRules && changeItems(match.resourceRules, defaultRule),
    excludeResourceRules:
      match.excludeResourceRules && changeItems(match.excludeResourceRules, defaultRule),
  })
}

export function validateRule(
  rule: RuleWithOperations | NamedRuleWithOperations,
  path: string,
): FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule
  return [
    ...validateWildcard(operations, `${path}.operations`, 'operations'),
    ...eachAt(operations, `${path}.operations`, (each, at) => oneOf(each, OPERATIONS, at)),
    ...validateWildcard(apiGroups, `${path}.apiGroups`, 'API groups'),
    ...validateWildcard(apiVersions, `${path}.apiVersions`, 'API versions'),
    ...eachAt(apiVersions, `${path}.apiVersions`, (each, at) => (each ? NONE : [required(at)])),
    ...validateResources(resources, `${path}.resources`),
    ...oneOf(scope, SCOPES, `${path}.scope`),
  ]
}

function validateWildcard(values: readonly string[], path: string, what: string): FieldError[] {
  if (values.length === 0) return [required(path)]
  return values.length > 1 && values.includes('*')
    ? [invalid(path, values, `if '*' is present, must not specify other ${what}`)]
    : NONE
}

function validateResources(resources: readonly string[], path: string): FieldError[] {
  if (resources.length === 0) return [required(path)]
  const [wildSubresources, wildResources] = [new Set<string>(), new Set<string>()]
  const errors = eachAt(resources, path, (resource, at) => {
    if (!resource) return [required(at)]
    const [name = '', ...rest] = resource.split('/')
    if (rest.length === 0) return NONE
    const subresource = rest.join('/')
    const covering = [
      ...(wildSubresources.has(name) ? [`${name}/*`] : []),
      ...(wildResources.has(subresource) ? [`*/${subresource}`] : []),
    ]
    if (subresource === '*') wildSubresources.add(name)
    if (name === '*') wildResources.add(subresource)
    return covering.map((each) =>
      invalid(at, resource, `if '${each}' is present, must not specify ${resource}`),
    )
  })
  return [...errors, ...validateWildResources(resources, path)]
}

function validateWildResources(resources: readonly string[], path: string): FieldError[] {
  // Upstream looks at the last of the resources without subresources only.
  const whole = resources.findLast((each) => each && !each.includes('/'))
  const hasOther = whole !== undefined && whole !== '*'
  const text = "if '*' is present, must not specify other resources without subresources"
  return [
    ...(resources.length > 1 && resources.includes('*/*')
      ? [invalid(path, resources, "if '*/*' is present, must not specify other resources")]
      : NONE),
    ...(resources.includes('*') && hasOther ? [invalid(path, resources, text)] : NONE),
  ]
}

export function validateMatch(match: MatchResources | undefined, path: string): FieldError[] {
  if (!match) return NONE
  const { matchPolicy, namespaceSelector, objectSelector } = match
  return [
    ...(matchPolicy === undefined
      ? [required(`${path}.matchPolicy`)]
      : oneOf(matchPolicy, MATCH_POLICIES, `${path}.matchPolicy`)),
    ...validateSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...validateSelector(objectSelector, `${path}.objectSelector`),
    ...eachAt(match.resourceRules, `${path}.resourceRules`, validateNamedRule),
    ...eachAt(match.excludeResourceRules, `${path}.excludeResourceRules`, validateNamedRule),
  ]
}

function validateSelector(selector: MatchResources['objectSelector'], path: string): FieldError[] {
  return selector ? validateLabelSelector(selector, path) : [required(path)]
}

function validateNamedRule(rule: NamedRuleWithOperations, path: string): FieldError[] {
  const names = rule.resourceNames ?? []
  return [
    ...eachAt(names, `${path}.resourceNames`, (name, at, i) => [
      ...problemsAt(at, name, pathSegmentProblems(name)),
      ...(names.indexOf(name) < i ? [duplicate(at, name)] : NONE),
    ]),
    ...validateRule(rule, path),
  ]
}

/** The form of conditions. Whether their expressions compile is looked at where CEL is at hand. */
export function validateMatchConditions(
  conditions: readonly MatchCondition[] | undefined,
  path: string,
): FieldError[] {
  const count = conditions?.length ?? 0
  return [
    ...(count > CONDITIONS_MAX ? [tooMany(path, count, CONDITIONS_MAX)] : NONE),
    ...eachAt(conditions, path, ({ name, expression }, at, i) => [
      ...(expression.trim() ? NONE : [required(`${at}.expression`)]),
      ...(name ? qualifiedName(name, `${at}.name`) : [required(`${at}.name`)]),
      ...(name && conditions!.findIndex((each) => each.name === name) < i
        ? [duplicate(`${at}.name`, name)]
        : NONE),
    ]),
  ]
}

/** A policy, with upstream's order of the values in the error. */
export function validateFailurePolicy(policy: string | undefined, path: string): FieldError[] {
  if (policy === undefined) return [required(path)]
  return FAILURE_POLICIES.includes(policy) ? NONE : [unsupported(path, policy, FAILURE_POLICIES)]
}

/** Rules with the scope filled in where it is missing. */
export function withDefaultRules<T extends { readonly rules?: readonly RuleWithOperations[] }>(
  hook: T,
): T {
  return withField<T, 'rules'>(hook, 'rules', hook.rules && changeItems(hook.rules, defaultRule))
}
