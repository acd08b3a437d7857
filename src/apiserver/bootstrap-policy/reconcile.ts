import { equal } from '../../apimachinery/equality.ts'
import { uncovered } from '../authorization/rbac/covers.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { AUTOUPDATE, type PolicyBinding, type PolicyRole } from './policy.ts'
import type { PolicySubject } from './bindings.ts'

/** What must be done so that a stored object grants at least what the default policy grants. */
export type Reconciliation<T> =
  | { readonly type: 'nothing' }
  | { readonly type: 'update'; readonly object: T }
  /** What a binding binds to cannot be changed. */
  | { readonly type: 'replace' }

/** Adds what is missing of a role; never takes anything away. */
export function reconcileRole(stored: PolicyRole, wanted: PolicyRole): Reconciliation<PolicyRole> {
  if (isLeftAlone(stored)) return { type: 'nothing' }
  const rules = stored.rules ?? []
  const wantedRules = wanted.rules ?? []
  // Nearly always they are the same.
  const missing = equal(rules, wantedRules) ? [] : uncovered(rules, wantedRules)
  const aggregationRule = withSelectors(stored.aggregationRule, wanted.aggregationRule)
  const object = {
    ...stored,
    metadata: withMarks(stored, wanted),
    ...(missing.length > 0 && { rules: [...rules, ...missing] }),
    ...(aggregationRule && { aggregationRule }),
  }
  return equal(object, stored) ? { type: 'nothing' } : { type: 'update', object }
}

/** Adds subjects that are missing of a binding; never takes any away. */
export function reconcileBinding(
  stored: PolicyBinding,
  wanted: PolicyBinding,
): Reconciliation<PolicyBinding> {
  if (isLeftAlone(stored)) return { type: 'nothing' }
  if (!equal(stored.roleRef, wanted.roleRef)) return { type: 'replace' }
  const { subjects = [] } = stored
  const missing = (wanted.subjects ?? []).filter(
    (subject) => !subjects.some((each) => isSame(each, subject)),
  )
  const object = {
    ...stored,
    metadata: withMarks(stored, wanted),
    ...(missing.length > 0 && { subjects: [...subjects, ...missing] }),
  }
  return equal(object, stored) ? { type: 'nothing' } : { type: 'update', object }
}

function isLeftAlone({ metadata }: ApiObject): boolean {
  return metadata.annotations?.[AUTOUPDATE] === 'false'
}

function withMarks({ metadata }: ApiObject, wanted: ApiObject): ApiObject['metadata'] {
  return {
    ...metadata,
    labels: { ...metadata.labels, ...wanted.metadata.labels },
    annotations: { ...metadata.annotations, ...wanted.metadata.annotations },
  }
}

type Aggregation = PolicyRole['aggregationRule']

function withSelectors(stored: Aggregation, wanted: Aggregation): Aggregation {
  if (!wanted) return stored
  const selectors = stored?.clusterRoleSelectors ?? []
  const missing = wanted.clusterRoleSelectors.filter(
    (selector) => !selectors.some((each) => equal(each, selector)),
  )
  return { clusterRoleSelectors: [...selectors, ...missing] }
}

function isSame(a: PolicySubject, b: PolicySubject): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    (a.apiGroup ?? '') === (b.apiGroup ?? '') &&
    (a.namespace ?? '') === (b.namespace ?? '')
  )
}
