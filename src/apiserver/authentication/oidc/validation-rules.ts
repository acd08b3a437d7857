import type { Program } from '../../../cel/index.ts'
import {
  atField,
  atIndex,
  duplicate,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import type { UserInfo } from '../authenticator.ts'
import type { ClaimValidationRule, UserValidationRule } from '../configuration/types.ts'
import { ClaimError, compileCondition, holds, type Claims } from './claim-expressions.ts'
import { claimOf } from './claim-values.ts'

interface Condition {
  readonly program: Program
  readonly message: string
}

export interface CompiledClaimRules {
  /** Throws `ClaimError` where a rule does not hold. */
  check(claims: Claims): void
  readonly programs: readonly Program[]
}

/** Compiles rules for claims; what is wrong with them goes to `errors`. */
export function compileClaimRules(
  rules: readonly ClaimValidationRule[],
  path: string,
  errors: FieldError[],
): CompiledClaimRules {
  const values: [claim: string, value: string][] = []
  const conditions: Condition[] = []
  const seen = new Set<string>()
  rules.forEach((rule, i) => {
    const { claim = '', requiredValue = '', expression = '', message = '' } = rule
    const at = atIndex(path, i)
    if (claim !== '' && expression !== '') {
      errors.push(invalid(at, claim, "claim and expression can't both be set"))
    } else if (claim === '' && expression === '') {
      errors.push(required(at, 'claim or expression is required'))
    } else if (claim !== '') {
      if (message !== '') {
        const text = 'may not be specified when claim is set'
        errors.push(invalid(atField(at, 'message'), message, text))
      }
      if (values.some(([known]) => known === claim))
        errors.push(duplicate(atField(at, 'claim'), claim))
      values.push([claim, requiredValue])
    } else {
      if (requiredValue !== '') {
        const text = 'may not be specified when expression is set'
        errors.push(invalid(atField(at, 'requiredValue'), requiredValue, text))
      }
      conditions.push(...compileOnce('claims', rule, atField(at, 'expression'), seen, errors))
    }
  })
  return {
    programs: conditions.map(({ program }) => program),
    check(claims) {
      for (const [claim, value] of values) checkValue(claims, claim, value)
      checkAll(conditions, { claims }, 'claim validation expression')
    },
  }
}

/** Compiles rules for users into a check, which throws `ClaimError`. */
export function compileUserRules(
  rules: readonly UserValidationRule[],
  path: string,
  errors: FieldError[],
): (user: UserInfo) => void {
  const seen = new Set<string>()
  const conditions = rules.flatMap((rule, i) => {
    const at = atField(atIndex(path, i), 'expression')
    if (rule.expression) return compileOnce('user', rule, at, seen, errors)
    errors.push(required(at))
    return []
  })
  return (user) => checkAll(conditions, { user }, 'user info validation rule')
}

function compileOnce(
  on: 'claims' | 'user',
  { expression = '', message = '' }: UserValidationRule,
  path: string,
  seen: Set<string>,
  errors: FieldError[],
): readonly Condition[] {
  if (seen.has(expression)) {
    errors.push(duplicate(path, expression))
    return []
  }
  seen.add(expression)
  const program = compileCondition(on, expression, path, errors)
  return program ? [{ program, message }] : []
}

function checkValue(claims: Claims, claim: string, wanted: string): void {
  const value = claimOf(claims, claim)
  if (value === undefined)
    throw new ClaimError(`oidc: required claim ${claim} not present in ID token`)
  if (value === wanted) return
  const got = typeof value === 'string' ? value : JSON.stringify(value)
  throw new ClaimError(
    `oidc: required claim ${claim} value does not match. Got = ${got}, want = ${wanted}`,
  )
}

function checkAll(
  conditions: readonly Condition[],
  variables: { claims: Claims } | { user: UserInfo },
  what: string,
): void {
  for (const { program, message } of conditions) {
    if (isMet(program, variables, what)) continue
    const text = `validation expression '${program.source}' failed: ${message}`
    throw new ClaimError(`oidc: error evaluating ${what}: ${text}`)
  }
}

function isMet(
  program: Program,
  variables: { claims: Claims } | { user: UserInfo },
  what: string,
): boolean {
  try {
    return holds(program, variables)
  } catch (error) {
    if (!(error instanceof ClaimError)) throw error
    throw new ClaimError(`oidc: error evaluating ${what}: ${error.message}`, { cause: error })
  }
}
