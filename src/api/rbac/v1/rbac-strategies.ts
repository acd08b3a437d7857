import { equal } from '../../../apimachinery/equality.ts'
import { validateLabelSelector } from '../../../apimachinery/label-validation.ts'
import { dns1123SubdomainProblems, pathSegmentProblems } from '../../../apimachinery/names.ts'
import { invalid, required, unsupported, type FieldError } from '../../../schema/field-error.ts'
import { changeField, changeItems } from '../../change.ts'
import { parseSelector } from '../../core/v1/template-validation.ts'
import type { Strategy } from '../../strategy.ts'
import { eachAt, NONE, optionalName, problemsAt, requiredText } from '../../validation/rules.ts'
import type { ClusterRoleBinding } from './cluster-role-binding.ts'
import type { ClusterRole } from './cluster-role.ts'
import type { PolicyRule, RoleRef, Subject } from './common.ts'
import type { RoleBinding } from './role-binding.ts'
import type { Role } from './role.ts'

const GROUP = 'rbac.authorization.k8s.io'

/** What the four kinds share: names that stand in URLs, and PUT creates. */
const COMMON = { validateName: pathSegmentProblems, allowCreateOnUpdate: true } as const

/** The rules of Roles. */
export const roleStrategy: Strategy<Role> = {
  ...COMMON,
  validateCreate: ({ rules }) => validateRules(rules, true),
  validateUpdate: ({ rules }) => validateRules(rules, true),
}

/** The rules of ClusterRoles. */
export const clusterRoleStrategy: Strategy<ClusterRole> = {
  ...COMMON,
  validateCreate: validateClusterRole,
  validateUpdate: validateClusterRole,
}

/** The rules of RoleBindings. */
export const roleBindingStrategy: Strategy<RoleBinding> = {
  ...COMMON,
  applyDefaults: (binding) => changeField(binding, 'subjects', withGroups),
  validateCreate: (binding) => validateBinding(binding, ['Role', 'ClusterRole'], true),
  validateUpdate: (binding, old) => [
    ...validateBinding(binding, ['Role', 'ClusterRole'], true),
    ...validateSameRole(binding, old),
  ],
}

/** The rules of ClusterRoleBindings. */
export const clusterRoleBindingStrategy: Strategy<ClusterRoleBinding> = {
  ...COMMON,
  applyDefaults: (binding) => changeField(binding, 'subjects', withGroups),
  validateCreate: (binding) => validateBinding(binding, ['ClusterRole'], false),
  validateUpdate: (binding, old) => [
    ...validateBinding(binding, ['ClusterRole'], false),
    ...validateSameRole(binding, old),
  ],
}

function withGroups(subjects: readonly Subject[]): readonly Subject[] {
  return changeItems(subjects, (subject) =>
    !subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group')
      ? { ...subject, apiGroup: GROUP }
      : subject,
  )
}

function validateRules(rules: readonly PolicyRule[], namespaced: boolean): FieldError[] {
  return eachAt(rules, 'rules', (rule, at) => [
    ...(rule.verbs.length === 0
      ? [required(`${at}.verbs`, 'verbs must contain at least one value')]
      : NONE),
    ...(rule.nonResourceURLs
      ? validateUrlRule(rule, rule.nonResourceURLs, namespaced, `${at}.nonResourceURLs`)
      : validateResourceRule(rule, at)),
  ])
}

function validateUrlRule(
  { apiGroups, resources, resourceNames }: PolicyRule,
  urls: readonly string[],
  namespaced: boolean,
  path: string,
): FieldError[] {
  const both = 'rules cannot apply to both regular resources and non-resource URLs'
  return [
    ...(namespaced
      ? [invalid(path, urls, 'namespaced rules cannot apply to non-resource URLs')]
      : NONE),
    ...(apiGroups || resources || resourceNames ? [invalid(path, urls, both)] : NONE),
  ]
}

function validateResourceRule({ apiGroups, resources }: PolicyRule, path: string): FieldError[] {
  return [
    ...(apiGroups
      ? NONE
      : [required(`${path}.apiGroups`, 'resource rules must supply at least one api group')]),
    ...(resources
      ? NONE
      : [required(`${path}.resources`, 'resource rules must supply at least one resource')]),
  ]
}

function validateClusterRole({ rules, aggregationRule }: ClusterRole): FieldError[] {
  const path = 'aggregationRule.clusterRoleSelectors'
  const selectors = aggregationRule?.clusterRoleSelectors
  const text = 'at least one clusterRoleSelector required if aggregationRule is non-nil'
  return [
    ...validateRules(rules, false),
    ...(aggregationRule && !selectors ? [required(path, text)] : NONE),
    ...eachAt(selectors, path, (selector, at) => [
      ...validateLabelSelector(selector, at),
      ...(parseSelector(selector) ? NONE : [invalid(at, selector, 'invalid label selector.')]),
    ]),
  ]
}

interface Binding {
  readonly roleRef: RoleRef
  readonly subjects?: readonly Subject[]
}

function validateBinding(
  { roleRef, subjects }: Binding,
  kinds: readonly string[],
  namespaced: boolean,
): FieldError[] {
  const { apiGroup, kind, name } = roleRef
  return [
    ...(apiGroup === GROUP ? NONE : [unsupported('roleRef.apiGroup', apiGroup, [GROUP])]),
    ...(kinds.includes(kind) ? NONE : [unsupported('roleRef.kind', kind, kinds)]),
    ...(name
      ? problemsAt('roleRef.name', name, pathSegmentProblems(name))
      : [required('roleRef.name')]),
    ...eachAt(subjects, 'subjects', (subject, at) => validateSubject(subject, namespaced, at)),
  ]
}

function validateSubject(subject: Subject, namespaced: boolean, path: string): FieldError[] {
  const { kind, name, namespace, apiGroup = '' } = subject
  switch (kind) {
    case 'ServiceAccount':
      return [
        ...requiredText(name, `${path}.name`),
        ...optionalName(name, `${path}.name`, dns1123SubdomainProblems),
        ...(apiGroup ? [unsupported(`${path}.apiGroup`, apiGroup, [''])] : NONE),
        ...(!namespaced && !namespace ? [required(`${path}.namespace`)] : NONE),
      ]
    case 'User':
    case 'Group':
      return [
        ...requiredText(name, `${path}.name`),
        ...(apiGroup === GROUP ? NONE : [unsupported(`${path}.apiGroup`, apiGroup, [GROUP])]),
      ]
    default:
      return [
        ...requiredText(name, `${path}.name`),
        unsupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group']),
      ]
  }
}

function validateSameRole({ roleRef }: Binding, old: Binding): FieldError[] {
  return equal(roleRef, old.roleRef) ? NONE : [invalid('roleRef', roleRef, 'cannot change roleRef')]
}
