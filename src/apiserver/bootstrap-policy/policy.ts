import { DEFAULT_FEATURES, type FeatureName, type Features } from '../../api/features.ts'
import type { ApiObject } from '../registry/api-object.ts'
import {
  CLUSTER_SUBJECTS,
  NAMESPACE_BINDINGS,
  systemAccount,
  type PolicySubject,
} from './bindings.ts'
import { componentRules } from './component-rules.ts'
import { CONTROLLER_RULES, FEATURE_CONTROLLER_RULES } from './controller-rules.ts'
import { NAMESPACE_RULES } from './namespace-rules.ts'
import type { Rule } from './rules.ts'
import { USER_RULES } from './user-rules.ts'

const GROUP = 'rbac.authorization.k8s.io'
const API_VERSION = `${GROUP}/v1`

/** A role of the default policy. */
export interface PolicyRole extends ApiObject {
  readonly rules: readonly Rule[] | null
  readonly aggregationRule?: { readonly clusterRoleSelectors: readonly object[] }
}

/** A binding of the default policy. */
export interface PolicyBinding extends ApiObject {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string }
  readonly subjects?: readonly PolicySubject[]
}

/** Which roles are parts of roles above them. */
const PART_OF: Readonly<Record<string, string>> = {
  edit: 'admin',
  view: 'edit',
  'system:aggregate-to-admin': 'admin',
  'system:aggregate-to-edit': 'edit',
  'system:aggregate-to-view': 'view',
}

/**
 * The roles and bindings that every cluster has:
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
 */
export function defaultPolicy(features: Features = DEFAULT_FEATURES): {
  readonly roles: readonly PolicyRole[]
  readonly bindings: readonly PolicyBinding[]
} {
  const controllerRules = rulesOfControllers(features)
  const controllers = Object.keys(controllerRules)
  return {
    roles: [
      ...['admin', 'edit', 'view'].map(aggregated),
      ...Object.entries({ ...USER_RULES, ...componentRules(features) }).map(clusterRole),
      ...Object.entries(controllerRules).map(([name, rules]) =>
        clusterRole([controllerRole(name), rules]),
      ),
      ...NAMESPACE_RULES.map(({ namespace, name, rules }) => ({
        ...typed('Role', { ...metadataOf(name), namespace }),
        rules,
      })),
    ],
    bindings: [
      ...Object.entries(CLUSTER_SUBJECTS).map(clusterBinding),
      ...controllers.map((name) => clusterBinding([controllerRole(name), [systemAccount(name)]])),
      ...NAMESPACE_BINDINGS.map(({ namespace, role, name = role, subjects }) => ({
        ...typed('RoleBinding', { ...metadataOf(name), namespace }),
        roleRef: { apiGroup: GROUP, kind: 'Role', name: role },
        subjects,
      })),
    ],
  }
}

function rulesOfControllers(features: Features): Readonly<Record<string, readonly Rule[]>> {
  const optional = Object.entries(FEATURE_CONTROLLER_RULES).filter(([feature]) =>
    features.enabled(feature as FeatureName),
  )
  return Object.assign({}, CONTROLLER_RULES, ...optional.map(([, rules]) => rules))
}

function controllerRole(name: string): string {
  return `system:controller:${name}`
}

function aggregated(name: string): PolicyRole {
  const matchLabels = { [aggregationLabel(name)]: 'true' }
  return {
    ...typed('ClusterRole', metadataOf(name)),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels }] },
    rules: null,
  }
}

function clusterRole([name, rules]: readonly [string, readonly Rule[]]): PolicyRole {
  return { ...typed('ClusterRole', metadataOf(name)), rules }
}

function clusterBinding([role, subjects]: readonly [
  string,
  readonly PolicySubject[],
]): PolicyBinding {
  return {
    ...typed('ClusterRoleBinding', metadataOf(role)),
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: role },
    ...(subjects.length > 0 && { subjects }),
  }
}

function typed(kind: string, metadata: ApiObject['metadata']): ApiObject {
  return { kind, apiVersion: API_VERSION, metadata }
}

function metadataOf(name: string): ApiObject['metadata'] {
  const whole = PART_OF[name]
  return {
    name,
    labels: {
      'kubernetes.io/bootstrapping': 'rbac-defaults',
      ...(whole !== undefined && { [aggregationLabel(whole)]: 'true' }),
    },
    annotations: { [AUTOUPDATE]: 'true' },
  }
}

function aggregationLabel(name: string): string {
  return `${GROUP}/aggregate-to-${name}`
}

/** An object with this annotation at `false` is left as it is. */
export const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate'
