import { aggregate } from '../../apimachinery/go-format.ts'
import { forbidden, internalError } from '../../apimachinery/status-error.ts'
import type { ApiRequest } from '../../client/request.ts'
import type { AuditRecord } from '../audit/auditor.ts'
import type {
  AuthorizationAttributes,
  AuthorizationDecision,
  Authorizer,
} from '../authorization/authorizer.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { Stage } from './call.ts'

/** Lets a call pass that an authorizer allows. Throws `Forbidden`. */
export function authorization(authorizers: readonly Authorizer[]): Stage {
  return (next) => async (call) => {
    const deciding = authorize(authorizers, attributesOf(call.request, call.user), call.audit)
    if (deciding) await deciding
    return next(call)
  }
}

/**
 * Throws `Forbidden` where no authorizer allows it, `InternalError` where one that might have could not be asked.
 * Undefined where they all have answered at once, as most do.
 */
export function authorize(
  authorizers: readonly Authorizer[],
  attributes: AuthorizationAttributes,
  audit?: AuditRecord,
): Promise<void> | undefined {
  const check = ({ decision, reason, error }: AuthorizationDecision): void => {
    audit?.annotate('authorization.k8s.io/decision', decision === 'allow' ? 'allow' : 'forbid')
    audit?.annotate('authorization.k8s.io/reason', reason)
    if (decision === 'allow') return
    // Who could not be judged is not refused: the client may try again.
    if (error !== undefined) throw internalError(error)
    throw refusal(attributes, reason)
  }
  const answer = decide(authorizers, attributes)
  if (answer instanceof Promise) return answer.then(check)
  check(answer)
  return undefined
}

/**
 * What the first authorizer says that has an opinion; with none, all their reasons together. At once where those who are
 * asked answer at once: every request asks several.
 */
export function decide(
  authorizers: readonly Authorizer[],
  attributes: AuthorizationAttributes,
  undecided: readonly AuthorizationDecision[] = [],
): AuthorizationDecision | Promise<AuthorizationDecision> {
  const silent = [...undecided]
  while (silent.length < authorizers.length) {
    const answer = authorizers[silent.length]!.authorize(attributes)
    if (answer instanceof Promise) {
      return answer.then((later) =>
        later.decision === 'noOpinion'
          ? decide(authorizers, attributes, [...silent, later])
          : later,
      )
    }
    if (answer.decision !== 'noOpinion') return answer
    silent.push(answer)
  }
  const reason = silent.flatMap((each) => (each.reason === '' ? [] : [each.reason])).join('\n')
  const errors = silent.flatMap(({ error }) => (error === undefined ? [] : [error]))
  return { decision: 'noOpinion', reason, ...(errors.length > 0 && { error: aggregate(errors) }) }
}

export function attributesOf(request: ApiRequest, user: UserInfo): AuthorizationAttributes {
  const { verb, group, version, resource, subresource = '', namespace = '', name = '' } = request
  const { labelSelector, fieldSelector } = request.options ?? {}
  return {
    type: 'resource',
    user,
    verb,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  }
}

function refusal(attributes: AuthorizationAttributes, reason: string): Error {
  const text = deniedText(attributes)
  const detail = reason === '' ? text : `${text}: ${reason}`
  if (attributes.type === 'nonResource') return forbidden({ group: '', resource: '' }, '', detail)
  const { group, resource, name } = attributes
  return forbidden({ group, resource }, name, detail)
}

/** Who may not do what. */
export function deniedText(attributes: AuthorizationAttributes): string {
  const { user, verb } = attributes
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`
  if (attributes.type === 'nonResource') return `${who} path ${JSON.stringify(attributes.path)}`
  const { group, resource, subresource, namespace } = attributes
  const what = subresource === '' ? resource : `${resource}/${subresource}`
  const where =
    namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  return `${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`
}
