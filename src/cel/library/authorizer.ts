import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../apimachinery/names.ts'
import type { Overload } from '../check/overload.ts'
import { fn, method } from '../check/overload.ts'
import type { Result } from '../values/value.ts'
import { CelError, OpaqueValue } from '../values/value.ts'
import { PendingAnswer } from '../evaluate/frame.ts'

/** What an expression asks the authorizer: may the caller (or a service account) do this? */
export interface AuthorizerCheck {
  readonly verb: string
  /** Asked for instead of the user of the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string }
  /** Of a request that is for no resource; then all below is absent. */
  readonly path?: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  readonly fieldSelector?: string
  readonly labelSelector?: string
}

export interface AuthorizerDecision {
  readonly allowed: boolean
  readonly reason: string
  /** Why the authorizer could not decide. */
  readonly error?: string
}

export type Authorize = (check: AuthorizerCheck) => AuthorizerDecision | Promise<AuthorizerDecision>

type Ask = (check: AuthorizerCheck) => AuthorizerDecision

/** Each question is asked once, however often expressions of one request ask it. */
function remembering(authorize: Authorize): Ask {
  const known = new Map<string, AuthorizerDecision>()
  return (check) => {
    const key = JSON.stringify(check)
    const decision = known.get(key)
    if (decision) return decision
    const answer = authorize(check)
    if (answer instanceof Promise) {
      const learn = (learned: AuthorizerDecision): void => void known.set(key, learned)
      throw new PendingAnswer(answer.then(learn))
    }
    known.set(key, answer)
    return answer
  }
}

type Attributes = Omit<AuthorizerCheck, 'verb'>
type Stage = 'Authorizer' | 'PathCheck' | 'GroupCheck' | 'ResourceCheck'

/** The `authorizer` variable, and what a chain of calls makes of it on the way to `check()`. */
class CheckValue extends OpaqueValue {
  readonly typeName: string
  readonly attributes: Attributes
  readonly ask: Ask

  constructor(stage: Stage, attributes: Attributes, ask: Ask) {
    super()
    this.typeName = `kubernetes.authorization.${stage}`
    this.attributes = attributes
    this.ask = ask
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof CheckValue && sameJson(other.attributes, this.attributes)
  }

  with(stage: Stage, more: Attributes): CheckValue {
    return new CheckValue(stage, { ...this.attributes, ...more }, this.ask)
  }
}

class DecisionValue extends OpaqueValue {
  readonly typeName = 'kubernetes.authorization.Decision'
  readonly decision: AuthorizerDecision

  constructor(decision: AuthorizerDecision) {
    super()
    this.decision = decision
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof DecisionValue && sameJson(other.decision, this.decision)
  }
}

function sameJson(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/**
 * The value of the variable `authorizer`. Make one for each request: it remembers its answers. Where `authorize` answers
 * with promises, expressions are evaluated with `evaluateAsync()`.
 */
export function authorizerValue(authorize: Authorize): OpaqueValue {
  return new CheckValue('Authorizer', {}, remembering(authorize))
}

/** The value of `authorizer.requestResource`: a check of the resource of the request. */
export function requestResourceValue(
  authorize: Authorize,
  resource: Attributes & { readonly group: string; readonly resource: string },
): OpaqueValue {
  return new CheckValue('ResourceCheck', resource, remembering(authorize))
}

function serviceAccount(value: CheckValue, namespace: string, name: string): Result {
  if (dns1123SubdomainProblems(name).length > 0) {
    return new CelError('Invalid service account name')
  }
  if (dns1123LabelProblems(namespace).length > 0) {
    return new CelError('Invalid service account namespace')
  }
  return value.with('Authorizer', { serviceAccount: { namespace, name } })
}

function path(value: CheckValue, text: string): Result {
  return text.trim() === ''
    ? new CelError('path must not be empty')
    : value.with('PathCheck', { path: text })
}

function resource(value: CheckValue, text: string): Result {
  return text.trim() === ''
    ? new CelError('resource must not be empty')
    : value.with('ResourceCheck', { resource: text })
}

function check(value: CheckValue, verb: string): Result {
  return new DecisionValue(value.ask({ ...value.attributes, verb }))
}

const T = 'kubernetes.authorization'

const refine = (
  name: 'subresource' | 'namespace' | 'name' | 'fieldSelector' | 'labelSelector',
  id: string,
): Overload =>
  method(
    name,
    id,
    `${T}.ResourceCheck, string -> ${T}.ResourceCheck`,
    (value: CheckValue, text: string) => value.with('ResourceCheck', { [name]: text }),
  )

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library */
export const AUTHORIZER: readonly Overload[] = [
  method('path', 'authorizer_path', `${T}.Authorizer, string -> ${T}.PathCheck`, path),
  method(
    'group',
    'authorizer_group',
    `${T}.Authorizer, string -> ${T}.GroupCheck`,
    (value: CheckValue, group: string) => value.with('GroupCheck', { group }),
  ),
  method(
    'serviceAccount',
    'authorizer_serviceaccount',
    `${T}.Authorizer, string, string -> ${T}.Authorizer`,
    serviceAccount,
  ),
  method(
    'resource',
    'groupcheck_resource',
    `${T}.GroupCheck, string -> ${T}.ResourceCheck`,
    resource,
  ),
  refine('subresource', 'resourcecheck_subresource'),
  refine('namespace', 'resourcecheck_namespace'),
  refine('name', 'resourcecheck_name'),
  refine('fieldSelector', 'authorizer_fieldselector'),
  refine('labelSelector', 'authorizer_labelselector'),
  method('check', 'pathcheck_check', `${T}.PathCheck, string -> ${T}.Decision`, check),
  method('check', 'resourcecheck_check', `${T}.ResourceCheck, string -> ${T}.Decision`, check),
  method(
    'errored',
    'decision_errored',
    `${T}.Decision -> bool`,
    ({ decision }: DecisionValue) => decision.error !== undefined,
  ),
  method(
    'error',
    'decision_error',
    `${T}.Decision -> string`,
    ({ decision }: DecisionValue) => decision.error ?? '',
  ),
  method(
    'allowed',
    'decision_allowed',
    `${T}.Decision -> bool`,
    ({ decision }: DecisionValue) => decision.allowed,
  ),
  method(
    'reason',
    'decision_reason',
    `${T}.Decision -> string`,
    ({ decision }: DecisionValue) => decision.reason,
  ),
]

/** A key as it stands in a JSON pointer. */
export const JSON_PATCH: readonly Overload[] = [
  fn(
    'jsonpatch.escapeKey',
    'string_jsonpatch_escapeKey_string',
    'string -> string',
    (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1'),
  ),
]
