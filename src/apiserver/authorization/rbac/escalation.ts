import { ClusterRoleBinding } from '../../../api/rbac/v1/cluster-role-binding.ts'
import { ClusterRole } from '../../../api/rbac/v1/cluster-role.ts'
import { RoleBinding } from '../../../api/rbac/v1/role-binding.ts'
import { Role } from '../../../api/rbac/v1/role.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { quote } from '../../../apimachinery/go-format.ts'
import { forbidden, notFound } from '../../../apimachinery/status-error.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission/plugin.ts'
import type { UserInfo } from '../../authentication/authenticator.ts'
import type { Rule } from '../../bootstrap-policy/rules.ts'
import { decide } from '../../pipeline/authorize.ts'
import type { Authorizer } from '../authorizer.ts'
import { compactRules, describeRule } from './compact-rules.ts'
import { uncovered } from './covers.ts'
import type { RbacIndex } from './rbac-index.ts'

export interface EscalationOptions {
  readonly index: RbacIndex
  readonly authorizers: readonly Authorizer[]
}

/**
 * Keeps users from giving themselves or others more than they have, by roles or by bindings, unless they may `escalate`
 * or `bind`: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
export function escalationCheck(options: EscalationOptions): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    operations: ['CREATE', 'UPDATE'],
    async validate(attributes) {
      const { type, user } = attributes
      const check = type.resource.group === Role.resource.group && CHECKS[type.resource.plural]
      if (check && !user.groups.includes(SUPERUSERS)) await check(attributes, options)
    },
  }
}

const SUPERUSERS = 'system:masters'

type Check = (attributes: AdmissionAttributes, options: EscalationOptions) => Promise<void>

const CHECKS: Readonly<Record<string, Check>> = {
  [Role.resource.plural]: checkRole,
  [ClusterRole.resource.plural]: checkRole,
  [RoleBinding.resource.plural]: checkBinding,
  [ClusterRoleBinding.resource.plural]: checkBinding,
}

type AnyRole = Role & Pick<ClusterRole, 'aggregationRule'>

async function checkRole(
  attributes: AdmissionAttributes,
  options: EscalationOptions,
): Promise<void> {
  const role = attributes.object as unknown as AnyRole
  const old = attributes.oldObject as unknown as AnyRole | undefined
  if (old && equal(role.rules, old.rules) && equal(role.aggregationRule, old.aggregationRule)) {
    return
  }
  if (await may('escalate', attributes, role.metadata.name, options)) return
  confirmHeld(attributes, role.rules ?? [], options)
  // Who aggregates takes over whatever roles there may ever be.
  if (role.aggregationRule && !equal(role.aggregationRule, old?.aggregationRule)) {
    const everything = [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ]
    confirmHeld(
      attributes,
      everything,
      options,
      'must have cluster-admin privileges to use an aggregationRule: ',
    )
  }
}

async function checkBinding(
  attributes: AdmissionAttributes,
  options: EscalationOptions,
): Promise<void> {
  const binding = attributes.object as unknown as RoleBinding
  const old = attributes.oldObject as unknown as RoleBinding | undefined
  if (old && equal(binding.roleRef, old.roleRef) && equal(binding.subjects, old.subjects)) return
  const { kind, name } = binding.roleRef
  const type = kind === 'Role' ? Role : ClusterRole
  if (await may('bind', { ...attributes, type }, name, options)) return
  const rules = options.index.rulesOfRole(binding.roleRef, attributes.namespace)
  if (!rules) throw notFound({ group: type.resource.group, resource: kind.toLowerCase() }, name)
  confirmHeld(attributes, rules, options)
}

/** Whether the user has the right that makes the check needless. */
async function may(
  verb: 'escalate' | 'bind',
  { user, type, namespace }: AdmissionAttributes,
  name: string,
  { authorizers }: EscalationOptions,
): Promise<boolean> {
  const { group, version, plural } = type.resource
  const { decision } = await decide(authorizers, {
    type: 'resource',
    user,
    verb,
    group,
    version,
    resource: plural,
    subresource: '',
    namespace,
    name,
  })
  return decision === 'allow'
}

function confirmHeld(
  { user, type, namespace, object }: AdmissionAttributes,
  rules: readonly Rule[],
  { index }: EscalationOptions,
  prefix = '',
): void {
  const { rules: held, problems } = index.rulesOf(user, namespace)
  const missing = uncovered(held, rules)
  if (missing.length === 0) return
  const lines = [...new Set(compactRules(missing).map(describeRule))].toSorted()
  const resolution = problems.length > 0 ? `; resolution errors: [${problems.join(' ')}]` : ''
  const text = `${prefix}${describeUser(user)} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${resolution}`
  const { name } = (object as unknown as Role).metadata
  throw forbidden(type, name, text)
}

function describeUser({ name, groups }: UserInfo): string {
  return `user ${quote(name)} (groups=[${groups.map(quote).join(' ')}])`
}
