import {
  BOOL,
  CelError,
  celEnvironment,
  celTypes,
  DYN,
  toJson,
  type Program,
} from '../../../cel/index.ts'
import { declareList, declareMap, declareStruct, STRING } from '../../../cel/schema/declare.ts'
import { childrenOf, type Expr } from '../../../cel/syntax/ast.ts'
import { parse } from '../../../cel/syntax/parser.ts'
import type { FieldError } from '../../../schema/field-error.ts'
import { compileExpression } from '../../base/compile-expression.ts'
import type { UserInfo } from '../authenticator.ts'

export type Claims = Readonly<Record<string, unknown>>

const CLAIMS = celEnvironment({ variables: { claims: declareMap(DYN) } })
const USER = celEnvironment({
  variables: {
    user: declareStruct('kubernetes.UserInfo', {
      username: STRING,
      uid: STRING,
      groups: declareList(STRING),
      extra: declareMap(declareList(STRING)),
    }),
  },
})

/** A value that claims, or a user, cannot give; the message is for the log and the TokenReview. */
export class ClaimError extends Error {
  override readonly name = 'ClaimError'
}

/** Compiles an expression over `claims`. What is wrong with it goes to `errors`. */
export function compileClaims(
  source: string,
  path: string,
  errors: FieldError[],
): Program | undefined {
  return compileExpression(source, CLAIMS, [celTypes.DYN], path, errors)
}

/** The same where it must be a condition. */
export function compileCondition(
  on: 'claims' | 'user',
  source: string,
  path: string,
  errors: FieldError[],
): Program | undefined {
  const environment = on === 'user' ? USER : CLAIMS
  return compileExpression(source, environment, [BOOL.type], path, errors)
}

/** What the expression makes of the claims, as JSON. Throws `ClaimError`. */
export function evaluateClaims(program: Program, claims: Claims): unknown {
  return evaluate(program, { claims })
}

/** Whether the condition holds. Throws `ClaimError`. */
export function holds(
  program: Program,
  variables: { claims: Claims } | { user: UserInfo },
): boolean {
  return (
    evaluate(program, 'user' in variables ? { user: userVariable(variables.user) } : variables) ===
    true
  )
}

function evaluate(program: Program, variables: Readonly<Record<string, unknown>>): unknown {
  const result = program.evaluate(variables)
  if (!result.ok) {
    throw new ClaimError(`expression '${program.source}' resulted in error: ${result.error}`)
  }
  const value = toJson(result.value)
  if (value instanceof CelError) throw new ClaimError(value.message)
  return value
}

function userVariable({ name, uid = '', groups, extra = {} }: UserInfo): object {
  return { username: name, uid, groups, extra }
}

/** Texts out of a text or a list of texts; empty ones count as absent. Throws `ClaimError`. */
export function textsOf(value: unknown): readonly string[] {
  if (value === null) return []
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  return items.filter((item): item is string => {
    if (typeof item === 'string') return item !== ''
    throw new ClaimError('expression must return a string or a list of strings')
  })
}

/** Whether the expression looks at a field of `claims`. */
export function readsClaim({ source }: Program, claim: string): boolean {
  const parsed = parse(source)
  return parsed.ok && mentions(parsed.expr, claim)
}

function mentions(expr: Expr, claim: string): boolean {
  const isIt =
    (expr.kind === 'select' && isClaims(expr.operand) && expr.field === claim) ||
    (expr.kind === 'call' && expr.name === '_?._' && isOptionalClaim(expr.args, claim))
  return isIt || childrenOf(expr).some((child) => mentions(child, claim))
}

function isOptionalClaim([operand, field]: readonly Expr[], claim: string): boolean {
  return (
    operand !== undefined && isClaims(operand) && field?.kind === 'literal' && field.value === claim
  )
}

function isClaims(expr: Expr): boolean {
  return expr.kind === 'ident' && expr.name === 'claims'
}
