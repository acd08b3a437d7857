import { serviceAccountGroups } from '../../../pki/service-account-claims.ts'
import type { Pause } from '../../base/pace.ts'
import type { CompiledExpression } from '../../../cel/admission/expressions.ts'
import {
  authorizerValue,
  PER_CALL_LIMIT,
  requestResourceValue,
  type AuthorizerCheck,
  type AuthorizerDecision,
  type Evaluation,
  type Variables,
} from '../../../cel/index.ts'
import type { AuthorizationAttributes, Authorizer } from '../../authorization/authorizer.ts'
import { decide } from '../../pipeline/authorize.ts'
import type { ServedKind } from '../../registry/served-kind.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import { namespaceOf } from './request-value.ts'

/** After how much work others may have a turn: some 5 ms, in units of cost. */
const COST_PER_TURN = 100_000

/** What all expressions of one policy may cost together for one request. */
export class Budget {
  readonly #pause: Pause | undefined
  #left: number
  #turnEnds: number

  /** `pause`: lets others have a turn. */
  constructor(limit: number, pause: Pause | undefined) {
    this.#left = limit
    this.#turnEnds = limit - COST_PER_TURN
    this.#pause = pause
  }

  get left(): number {
    return this.#left
  }

  spend(cost: number): void {
    this.#left -= cost
  }

  /** Lets others have a turn after enough was spent. */
  async turn(): Promise<void> {
    if (this.#left > this.#turnEnds) return
    await this.#pause?.()
    this.#turnEnds = this.#left - COST_PER_TURN
  }
}

const OUT_OF_BUDGET =
  'validation failed due to running out of cost budget, no further validation rules will be run'

/** Evaluates an expression, within its own limit and that of all. */
export async function evaluateWithin(
  compiled: CompiledExpression,
  variables: Variables,
  budget: Budget,
): Promise<Evaluation> {
  if ('problem' in compiled) return failed(`compilation error: ${compiled.problem}`, false)
  if (budget.left < 0) return failed(OUT_OF_BUDGET, true)
  const result = await compiled.evaluateAsync(variables, { costLimit: PER_CALL_LIMIT })
  budget.spend(result.cost)
  await budget.turn()
  if (budget.left < 0) return failed(OUT_OF_BUDGET, true)
  if (result.ok) return result
  return { ...result, error: `expression '${compiled.source}' resulted in error: ${result.error}` }
}

function failed(error: string, isOverBudget: boolean): Evaluation {
  return { ok: false, error, cost: 0, isOverBudget }
}

/** The variables `authorizer` and `authorizer.requestResource` of a request. */
export function authorizerVariables(
  attributes: AdmissionAttributes,
  matched: ServedKind,
  authorizers: readonly Authorizer[],
): Variables {
  const authorize = async (check: AuthorizerCheck): Promise<AuthorizerDecision> => {
    const { decision, reason } = await decide(authorizers, asAttributes(check, attributes))
    return { allowed: decision === 'allow', reason }
  }
  const { group, plural } = matched.type.resource
  const { subresource, name } = attributes
  const namespace = namespaceOf(attributes)
  return {
    authorizer: authorizerValue(authorize),
    'authorizer.requestResource': requestResourceValue(authorize, {
      group,
      resource: plural,
      ...(subresource !== '' && { subresource }),
      ...(namespace !== '' && { namespace }),
      ...(name !== '' && { name }),
    }),
  }
}

function asAttributes(
  check: AuthorizerCheck,
  { user }: AdmissionAttributes,
): AuthorizationAttributes {
  const { verb, serviceAccount: account, path, labelSelector, fieldSelector } = check
  const as = account
    ? {
        name: `system:serviceaccount:${account.namespace}:${account.name}`,
        groups: [...serviceAccountGroups(account.namespace), 'system:authenticated'],
      }
    : user
  if (path !== undefined) return { type: 'nonResource', user: as, verb, path }
  const { group = '', resource = '', subresource = '', namespace = '', name = '' } = check
  return {
    type: 'resource',
    user: as,
    verb,
    group,
    version: '*',
    resource,
    subresource,
    namespace,
    name,
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  }
}

/** What `matchConditions` may cost together. */
export const CONDITIONS_BUDGET = 2_500_000

/** Whether all conditions hold. One that does not settles it; otherwise one that fails is an error. */
export async function conditionsHold(
  conditions: readonly CompiledExpression[],
  variables: Variables,
  pause: Pause | undefined,
): Promise<boolean | { readonly error: string }> {
  const budget = new Budget(CONDITIONS_BUDGET, pause)
  const errors: string[] = []
  for (const condition of conditions) {
    const result = await evaluateWithin(condition, variables, budget)
    if (result.ok && result.value !== true) return false
    if (!result.ok) errors.push(result.error)
  }
  if (errors.length === 0) return true
  return { error: errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]` }
}
