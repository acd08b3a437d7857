import { ClusterRoleBinding } from '../../../api/rbac/v1/cluster-role-binding.ts'
import { ClusterRole } from '../../../api/rbac/v1/cluster-role.ts'
import { RoleBinding } from '../../../api/rbac/v1/role-binding.ts'
import { Role } from '../../../api/rbac/v1/role.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { formatList, quote } from '../../../apimachinery/go-format.ts'
import { forbidden, notFound } from '../../../apimachinery/status-error.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission/plugin.ts'
import type { UserInfo } from '../../authentication/authenticator.ts'
import type { ApiObject } from '../../registry/api-object.ts'
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
      if (!check || user.groups.includes(SUPERUSERS)) return
      if (!changesOnlyOwnership(attributes)) await check(attributes, options)
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
  // Who creates does not name the object in the request.
  const name = attributes.operation === 'CREATE' ? '' : attributes.name
  if (await may('escalate', attributes, name, options)) return
  confirmHeld(attributes, role.rules ?? [], options)
  const aggregates = (role.aggregationRule ?? old?.aggregationRule) !== undefined
  if (aggregates && missingRules(attributes, EVERYTHING, options.index).missing.length > 0) {
    throw forbidden(
      attributes.type,
      role.metadata.name,
      'must have cluster-admin privileges to use the aggregationRule',
    )
  }
}

/** Who aggregates takes over whatever roles there may ever be. */
const EVERYTHING: readonly Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

async function checkBinding(
  attributes: AdmissionAttributes,
  options: EscalationOptions,
): Promise<void> {
  const { roleRef } = attributes.object as unknown as RoleBinding
  const type = roleRef.kind === 'Role' ? Role : ClusterRole
  if (await may('bind', { ...attributes, type }, roleRef.name, options)) return
  const rules = options.index.rulesOfRole(roleRef, attributes.namespace)
  const of = { group: type.resource.group, resource: roleRef.kind.toLowerCase() }
  if (!rules) throw notFound(of, roleRef.name)
  confirmHeld(attributes, rules, options)
}

// What the garbage collector changes does not change who may do what.
function changesOnlyOwnership({ object, oldObject }: AdmissionAttributes): boolean {
  if (!object || !oldObject) return false
  return equal(withoutOwnership(object), withoutOwnership(oldObject))
}

function withoutOwnership(object: Readonly<Record<string, unknown>>): object {
  const {
    ownerReferences: _o,
    finalizers: _f,
    managedFields: _m,
    ...metadata
  } = (object as unknown as ApiObject).metadata
  return { ...object, metadata }
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

function missingRules(
  { user, namespace }: AdmissionAttributes,
  rules: readonly Rule[],
  index: RbacIndex,
): { readonly missing: readonly Rule[]; readonly problems: readonly string[] } {
  const { rules: held, problems } = index.rulesOf(user, namespace)
  return { missing: uncovered(held, rules), problems }
}

function confirmHeld(
  attributes: AdmissionAttributes,
  rules: readonly Rule[],
  { index }: EscalationOptions,
): void {
  const { missing, problems } = missingRules(attributes, rules, index)
  if (missing.length === 0) return
  const { user, type, object } = attributes
  const lines = [...new Set(compactRules(missing).map(describeRule))].toSorted()
  const resolution = problems.length > 0 ? `; resolution errors: ${formatList(problems)}` : ''
  const text = `${describeUser(user)} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${resolution}`
  const { name } = (object as unknown as Role).metadata
  throw forbidden(type, name, text)
}

function describeUser({ name, groups }: UserInfo): string {
  return `user ${quote(name)} (groups=[${groups.map(quote).join(' ')}])`
}
