import type { ValidatingAdmissionPolicy } from '../../../api/admissionregistration/v1/index.ts'
import { celTypes, type Variables } from '../../../cel/index.ts'
import {
  conditionsHold,
  evaluateWithin,
  type Compiled,
  type ExpressionScope,
} from '../matching/expressions.ts'
import { activate, compilePolicy, type Activation, type PolicyBase } from './compile-policy.ts'

const { BOOL, STRING, NULL } = celTypes
const MESSAGE_LENGTH_MAX = 5 * 1024

type Spec = ValidatingAdmissionPolicy['spec']
type Validation = NonNullable<Spec['validations']>[number]

export interface CompiledValidation {
  readonly validation: Validation
  readonly program: Compiled
  readonly message: Compiled | undefined
}

/** A validating policy, compiled. */
export interface CompiledValidatingPolicy {
  readonly policy: ValidatingAdmissionPolicy
  readonly base: PolicyBase
  readonly validations: readonly CompiledValidation[]
  readonly annotations: readonly { readonly key: string; readonly program: Compiled }[]
}

export function compileValidating(
  policy: ValidatingAdmissionPolicy,
  scope?: ExpressionScope,
): CompiledValidatingPolicy {
  const { validations = [], auditAnnotations = [] } = policy.spec
  const base = compilePolicy(policy.spec, scope)
  return {
    policy,
    base,
    validations: validations.map((validation) => ({
      validation,
      program: base.compile(validation.expression, [BOOL]),
      message: validation.messageExpression
        ? base.compileMessage(validation.messageExpression, [STRING])
        : undefined,
    })),
    annotations: auditAnnotations.map(({ key, valueExpression }) => ({
      key,
      program: base.compile(valueExpression, [STRING, NULL]),
    })),
  }
}

/** Something a policy found wrong. */
export interface Finding {
  readonly message: string
  readonly reason: string
  /** Which validation it was; absent for what is wrong with the policy itself. */
  readonly expressionIndex?: number
}

export interface Verdict {
  readonly findings: readonly Finding[]
  readonly annotations: Readonly<Record<string, string>>
}

const CONTENT: Verdict = { findings: [], annotations: {} }

/** Holds a request against a policy. Errors of expressions count as findings unless the policy ignores failures. */
export async function judge(
  compiled: CompiledValidatingPolicy,
  variables: Variables,
): Promise<Verdict> {
  const { policy, base, validations } = compiled
  const failed = (message: string): readonly Finding[] =>
    policy.spec.failurePolicy === 'Ignore' ? [] : [{ message, reason: 'Invalid' }]
  const holds = await conditionsHold(base.conditions, variables)
  if (holds === false) return CONTENT
  if (holds !== true) return { ...CONTENT, findings: failed(holds.error) }
  const activation = activate(base, variables)
  const findings: Finding[] = []
  for (const [i, each] of validations.entries()) {
    const result = await evaluateWithin(each.program, activation.variables, activation.budget)
    if (!result.ok) findings.push(...failed(result.error))
    else if (result.value !== true) findings.push(await findingOf(each, i, activation))
  }
  const { annotations, errors } = await annotate(compiled, activation)
  return { findings: [...findings, ...errors.flatMap(failed)], annotations }
}

async function findingOf(
  { validation, message }: CompiledValidation,
  expressionIndex: number,
  { variables, budget }: Activation,
): Promise<Finding> {
  const { expression, reason = 'Invalid' } = validation
  const said = message && (await evaluateWithin(message, variables, budget))
  const dynamic = said?.ok && typeof said.value === 'string' ? usable(said.value) : ''
  const text = dynamic || validation.message?.trim() || `failed expression: ${expression.trim()}`
  return { message: text, reason, expressionIndex }
}

/** A computed message as it may be shown; empty where it may not. */
function usable(message: string): string {
  const text = message.trim()
  return text.length > MESSAGE_LENGTH_MAX || /[\n\r]/.test(text) ? '' : text
}

async function annotate(
  { policy, annotations }: CompiledValidatingPolicy,
  { variables, budget }: Activation,
): Promise<{ annotations: Record<string, string>; errors: string[] }> {
  const values: Record<string, string> = {}
  const errors: string[] = []
  for (const { key, program } of annotations) {
    const result = await evaluateWithin(program, variables, budget)
    if (!result.ok) errors.push(result.error)
    else if (typeof result.value === 'string' && result.value.trim() !== '')
      values[`${policy.metadata.name}/${key}`] = result.value.trim()
  }
  return { annotations: values, errors }
}
