import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import {
  forbidden,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { eachAt, ifSet, NONE, problemsAt, requiredName } from '../../validation/rules.ts'
import { validateUrlPattern, validateVerbs, validateWildcard } from './policy-rule-validation.ts'
import { validateConditionTypes } from './condition-type-validation.ts'
import {
  FlowSchema,
  FlowSchemaSpec,
  type PolicyRulesWithSubjects,
  type ResourcePolicyRule,
  type ServiceAccountSubject,
  type Subject,
} from './flow-schema.ts'
import { MANDATORY_FLOW_SCHEMAS } from './mandatory.ts'

const PRECEDENCE_MAX = 10_000

/** The rules of FlowSchemas (pkg/registry/flowcontrol/flowschema/strategy.go). */
export const flowSchemaStrategy: Strategy<FlowSchema> = {
  ...preparation(FlowSchema),
  validateCreate: validateFlowSchema,
  validateUpdate: validateFlowSchema,
  status: statusStrategy(({ status }) => validateConditionTypes(status.conditions)),
  allowUnconditionalUpdate: false,
}

function validateFlowSchema({ metadata: { name }, spec, status }: FlowSchema): FieldError[] {
  const fixed = Object.hasOwn(MANDATORY_FLOW_SCHEMAS, name) && MANDATORY_FLOW_SCHEMAS[name]
  return [
    ...validateSpec(spec, name, 'spec'),
    ...(fixed && !semanticEqual(FlowSchemaSpec, spec, fixed)
      ? [invalid('spec', spec, `spec of '${name}' must equal the fixed value`)]
      : NONE),
    ...validateConditionTypes(status.conditions),
  ]
}

function validateSpec(spec: FlowSchemaSpec, name: string, path: string): FieldError[] {
  const level = spec.priorityLevelConfiguration.name
  const at = `${path}.priorityLevelConfiguration.name`
  return [
    ...validatePrecedence(spec.matchingPrecedence, name, `${path}.matchingPrecedence`),
    ...ifSet(spec.distinguisherMethod, (method) =>
      ['ByNamespace', 'ByUser'].includes(method.type)
        ? NONE
        : [unsupported(`${path}.distinguisherMethod.type`, method, ['ByNamespace', 'ByUser'])],
    ),
    ...(level
      ? problemsAt(at, level, dns1123SubdomainProblems(level))
      : [required(at, 'must reference a priority level')]),
    ...eachAt(spec.rules, `${path}.rules`, validateRules),
  ]
}

function validatePrecedence(precedence: number, name: string, path: string): FieldError[] {
  return [
    ...(precedence <= 0 ? [invalid(path, precedence, 'must be a positive value')] : NONE),
    ...(precedence > PRECEDENCE_MAX
      ? [invalid(path, precedence, `must not be greater than ${PRECEDENCE_MAX}`)]
      : NONE),
    ...(precedence === 1 && name !== 'exempt'
      ? [invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1")]
      : NONE),
  ]
}

function validateRules(
  { subjects, resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects,
  path: string,
): FieldError[] {
  const text = 'at least one of resourceRules and nonResourceRules has to be non-empty'
  return [
    ...(subjects.length === 0
      ? [required(`${path}.subjects`, 'subjects must contain at least one value')]
      : NONE),
    ...eachAt(subjects, `${path}.subjects`, validateSubject),
    ...(resourceRules.length + nonResourceRules.length === 0 ? [required(path, text)] : NONE),
    ...eachAt(resourceRules, `${path}.resourceRules`, validateResourceRule),
    ...eachAt(nonResourceRules, `${path}.nonResourceRules`, (rule, at) => [
      ...validateVerbs(rule.verbs, `${at}.verbs`),
      ...validateUrls(rule.nonResourceURLs, `${at}.nonResourceURLs`),
    ]),
  ]
}

const KINDS = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const

function validateSubject(subject: Subject, path: string): FieldError[] {
  const { kind } = subject
  if (!Object.hasOwn(KINDS, kind)) return [unsupported(`${path}.kind`, kind, Object.keys(KINDS))]
  const own = KINDS[kind as keyof typeof KINDS]
  return [
    ...(subject[own]
      ? NONE
      : [required(`${path}.${own}`, `${own} is required when subject kind is '${kind}'`)]),
    ...(own === 'serviceAccount'
      ? ifSet(subject.serviceAccount, (account) => validateAccount(account, `${path}.${own}`))
      : ifSet(subject[own], ({ name }) => (name ? NONE : [required(`${path}.${own}.name`)]))),
    ...Object.entries(KINDS)
      .filter(([, field]) => field !== own && subject[field])
      .map(([other, field]) =>
        forbidden(`${path}.${field}`, `${field} is forbidden when subject kind is not '${other}'`),
      ),
  ]
}

function validateAccount({ name, namespace }: ServiceAccountSubject, path: string): FieldError[] {
  return [
    ...(name === '*' ? NONE : requiredName(name, `${path}.name`, dns1123SubdomainProblems)),
    ...(namespace
      ? problemsAt(`${path}.namespace`, namespace, dns1123LabelProblems(namespace))
      : [required(`${path}.namespace`, 'must specify namespace for service account')]),
  ]
}

function validateResourceRule(rule: ResourcePolicyRule, path: string): FieldError[] {
  return [
    ...validateVerbs(rule.verbs, `${path}.verbs`),
    ...validateWildcard(rule.apiGroups, `${path}.apiGroups`, {
      none: 'resource rules must supply at least one api group',
      what: 'api groups',
    }),
    ...validateWildcard(rule.resources, `${path}.resources`, {
      none: 'resource rules must supply at least one resource',
      what: 'resources',
    }),
    ...validateNamespaces(rule, `${path}.namespaces`),
  ]
}

function validateNamespaces(
  { namespaces, clusterScope }: ResourcePolicyRule,
  path: string,
): FieldError[] {
  if (namespaces.length === 0) {
    const text = 'resource rules that are not cluster scoped must supply at least one namespace'
    return clusterScope ? NONE : [required(path, text)]
  }
  if (namespaces.includes('*'))
    return validateWildcard(namespaces, path, { none: '', what: 'namespaces' })
  const intro = "each member of this list must be '*' or a DNS-1123 label; "
  return eachAt(namespaces, path, (each, at) =>
    dns1123LabelProblems(each).map((problem) => invalid(at, each, `${intro}${problem}`)),
  )
}

function validateUrls(urls: readonly string[], path: string): FieldError[] {
  if (urls.length === 0 || urls.includes('*')) {
    return validateWildcard(urls, path, {
      none: 'nonResourceURLs must contain at least one value',
      what: 'non-resource URLs',
    })
  }
  return eachAt(urls, path, validateUrlPattern)
}
