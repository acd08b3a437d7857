import { ClusterRoleBinding } from '../../../api/rbac/v1/cluster-role-binding.ts'
import { ClusterRole } from '../../../api/rbac/v1/cluster-role.ts'
import type { RoleRef, Subject } from '../../../api/rbac/v1/common.ts'
import { RoleBinding } from '../../../api/rbac/v1/role-binding.ts'
import { Role } from '../../../api/rbac/v1/role.ts'
import { indexBy } from '../../../client/object-cache.ts'
import type { UserInfo } from '../../authentication/authenticator.ts'
import type { Rule } from '../../bootstrap-policy/rules.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import { Grants } from './grants.ts'
import { describeSubject, keysOf, subjectKey } from './subjects.ts'

type Binding = ClusterRoleBinding | RoleBinding

const clusterBindingsBySubject = indexBy(ClusterRoleBinding, 'subject', subjectValues)
const clusterBindingsByRole = indexBy(ClusterRoleBinding, 'role', (binding) => [roleKey(binding)])
const bindingsBySubject = indexBy(RoleBinding, 'subject', subjectValues)
const bindingsByRole = indexBy(RoleBinding, 'role', (binding) => [roleKey(binding)])

const NOTHING = new Grants()

/** The rights of a user, with the roles that could not be found. */
export interface ResolvedRules {
  readonly rules: readonly Rule[]
  readonly problems: readonly string[]
}

/**
 * Who may do what, by subject and namespace. It is compiled when it is first asked for, and again only after a role or
 * binding that it comes from has changed: a decision walks neither.
 */
export class RbacIndex {
  readonly #roles
  readonly #clusterRoles
  readonly #bindings
  readonly #clusterBindings
  /** By namespace, empty for everywhere, and subject. */
  readonly #compiled = new Map<string, Grants>()

  constructor(live: LiveObjects) {
    this.#roles = live.informer(Role)
    this.#clusterRoles = live.informer(ClusterRole)
    this.#bindings = live.informer(RoleBinding)
    this.#clusterBindings = live.informer(ClusterRoleBinding)
    const forget = (binding: Binding): void => this.#forget(binding)
    const forgetBoth = (binding: Binding, before: Binding): void => {
      this.#forget(before)
      this.#forget(binding)
    }
    const forgetRole = (role: Role | ClusterRole): void => this.#forgetRole(role)
    for (const informer of [this.#bindings, this.#clusterBindings]) {
      informer.subscribe({ add: forget, update: forgetBoth, delete: forget })
    }
    for (const informer of [this.#roles, this.#clusterRoles]) {
      informer.subscribe({ add: forgetRole, update: forgetRole, delete: forgetRole })
    }
  }

  /** What the user has everywhere, and then what they have in the namespace, subject by subject. */
  *grantsOf(user: UserInfo, namespace: string): Generator<Grants> {
    const keys = keysOf(user)
    for (const key of keys) yield this.#grants('', key)
    if (namespace === '') return
    for (const key of keys) yield this.#grants(namespace, key)
  }

  /** All rules that hold for a user in a namespace. */
  rulesOf(user: UserInfo, namespace: string): ResolvedRules {
    const rules: Rule[] = []
    const problems: string[] = []
    const scopes = namespace === '' ? [''] : ['', namespace]
    const keys = keysOf(user)
    const bindings = new Set(
      scopes.flatMap((scope) => keys.flatMap((key) => this.#bindingsOf(scope, key))),
    )
    for (const binding of bindings) {
      const found = this.rulesOfRole(binding.roleRef, namespaceOf(binding))
      if (found) rules.push(...found)
      else problems.push(missing(binding.roleRef))
    }
    return { rules, problems }
  }

  /** What a role grants; undefined where there is no such role. */
  rulesOfRole({ kind, name }: RoleRef, namespace: string): readonly Rule[] | undefined {
    const role =
      kind === 'Role'
        ? this.#roles.cache.get({ namespace, name })
        : this.#clusterRoles.cache.get({ name })
    return role && (role.rules ?? [])
  }

  #grants(scope: string, key: string): Grants {
    const id = `${scope}\n${key}`
    const known = this.#compiled.get(id)
    if (known) return known
    const bindings = this.#bindingsOf(scope, key)
    // Not kept: who has no rights may have any name, and there is no end of names.
    if (bindings.length === 0) return NOTHING
    const grants = this.#compile(bindings, key)
    this.#compiled.set(id, grants)
    return grants
  }

  #bindingsOf(scope: string, key: string): readonly Binding[] {
    return scope === ''
      ? this.#clusterBindings.cache.find(clusterBindingsBySubject, `\n${key}`)
      : this.#bindings.cache.find(bindingsBySubject, `${scope}\n${key}`)
  }

  #compile(bindings: readonly Binding[], key: string): Grants {
    const found = bindings.map((binding) => ({
      binding,
      rules: this.rulesOfRole(binding.roleRef, namespaceOf(binding)),
    }))
    const lost = found.filter(({ rules }) => !rules).map(({ binding }) => missing(binding.roleRef))
    const grants = new Grants(lost)
    for (const { binding, rules = [] } of found) {
      const reason = reasonOf(binding, key)
      for (const rule of rules) grants.add(rule, reason)
    }
    return grants
  }

  #forget(binding: Binding): void {
    for (const value of subjectValues(binding)) this.#compiled.delete(value)
  }

  #forgetRole(role: Role | ClusterRole): void {
    const { name, namespace = '' } = role.metadata as { name: string; namespace?: string }
    const key = keyOfRole(namespace === '' ? 'ClusterRole' : 'Role', namespace, name)
    for (const binding of this.#clusterBindings.cache.find(clusterBindingsByRole, key)) {
      this.#forget(binding)
    }
    for (const binding of this.#bindings.cache.find(bindingsByRole, key)) this.#forget(binding)
  }
}

function namespaceOf({ metadata }: Binding): string {
  return (metadata as { readonly namespace?: string }).namespace ?? ''
}

function subjectValues(binding: Binding): readonly string[] {
  const namespace = namespaceOf(binding)
  const keys = (binding.subjects ?? []).map((subject) => subjectKey(subject, namespace))
  return [...new Set(keys)].map((key) => `${namespace}\n${key}`)
}

function roleKey(binding: Binding): string {
  const { kind, name } = binding.roleRef
  return keyOfRole(kind, kind === 'Role' ? namespaceOf(binding) : '', name)
}

function keyOfRole(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`
}

function missing({ kind, name }: RoleRef): string {
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`
}

function reasonOf(binding: Binding, key: string): string {
  const { metadata, roleRef, subjects = [] } = binding
  const namespace = namespaceOf(binding)
  const subject = subjects.find((each: Subject) => subjectKey(each, namespace) === key)!
  const [kind, name] =
    namespace === ''
      ? ['ClusterRoleBinding', metadata.name]
      : ['RoleBinding', `${metadata.name}/${namespace}`]
  const what = `${kind} ${JSON.stringify(name)} of ${roleRef.kind} ${JSON.stringify(roleRef.name)}`
  return `RBAC: allowed by ${what} to ${describeSubject(subject, namespace)}`
}
