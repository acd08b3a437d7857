import type {
  CompiledValidatingPolicy,
  CompiledValidation,
} from '../../../cel/admission/compile-validating-policy.ts'
import { RUNTIME_BUDGET, type Variables } from '../../../cel/index.ts'
import type { Pause } from '../../base/pace.ts'
import { Budget, conditionsHold, evaluateWithin } from '../matching/expressions.ts'
import { activate, type Activation } from './activation.ts'

const MESSAGE_LENGTH_MAX = 5 * 1024

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
  pause: Pause | undefined,
): Promise<Verdict> {
  const { policy, base, validations } = compiled
  const failed = (message: string): readonly Finding[] =>
    policy.spec.failurePolicy === 'Ignore' ? [] : [{ message, reason: 'Invalid' }]
  const holds = await conditionsHold(base.conditions, variables, pause)
  if (holds === false) return CONTENT
  if (holds !== true) return { ...CONTENT, findings: failed(holds.error) }
  const activation = activate(base, variables, new Budget(RUNTIME_BUDGET, pause))
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
