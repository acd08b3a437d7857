import type {
  CompiledValidatingPolicy,
  CompiledValidation,
} from '../../../cel/admission/compile-validating-policy.ts'
import type { Clock } from '../../../base/clock.ts'
import { RUNTIME_BUDGET, type Evaluation, type Variables } from '../../../cel/index.ts'
import type { Pause } from '../../base/pace.ts'
import { Budget, conditionsHold, evaluateWithin } from '../matching/expressions.ts'
import { activate, type Activation } from './activation.ts'

const MESSAGE_LENGTH_MAX = 5 * 1024

/** What came of one expression, and how long it took. */
export interface Check {
  readonly seconds: number
  readonly errorType: 'no_error' | 'compile_error' | 'invalid_error' | 'out_of_budget'
}

/** Something a policy found wrong. */
export interface Finding {
  readonly message: string
  readonly reason: string
  /** Which validation it was, for its binding to say what happens; absent for what always refuses. */
  readonly expressionIndex?: number
  readonly check?: Check
}

export interface Verdict {
  readonly findings: readonly Finding[]
  /** Errors that the policy does not mind. */
  readonly ignored: readonly Check[]
  readonly annotations: Readonly<Record<string, string>>
}

export interface JudgeOptions {
  readonly pause?: Pause | undefined
  readonly clock: Clock
}

const CONTENT: Verdict = { findings: [], ignored: [], annotations: {} }

/** Holds a request against a policy. Errors of expressions count as findings unless the policy ignores failures. */
export async function judge(
  compiled: CompiledValidatingPolicy,
  variables: Variables,
  { pause, clock }: JudgeOptions,
): Promise<Verdict> {
  const { policy, base, validations } = compiled
  const ignores = policy.spec.failurePolicy === 'Ignore'
  const findings: Finding[] = []
  const ignored: Check[] = []
  const failed = (error: string, expressionIndex: number, check: Check): void => {
    if (ignores) ignored.push(check)
    else findings.push({ message: error, reason: 'Invalid', expressionIndex, check })
  }
  const conditionsMs = clock.monotonic()
  const holds = await conditionsHold(base.conditions, variables, pause)
  if (holds === false) return CONTENT
  if (holds !== true) {
    failed(holds.error, 0, { seconds: since(clock, conditionsMs), errorType: 'invalid_error' })
    return { ...CONTENT, findings, ignored }
  }
  const activation = activate(base, variables, new Budget(RUNTIME_BUDGET, pause))
  for (const [i, each] of validations.entries()) {
    const startMs = clock.monotonic()
    const result = await evaluateWithin(each.program, activation.variables, activation.budget)
    const check = { seconds: since(clock, startMs), errorType: errorTypeOf(each, result) }
    if (!result.ok) failed(result.error, i, check)
    else if (result.value !== true)
      findings.push({ ...(await findingOf(each, i, activation)), check })
  }
  const { annotations, errors } = await annotate(compiled, activation)
  const always = ignores ? [] : errors.map((message) => ({ message, reason: 'Invalid' }))
  return { findings: [...findings, ...always], ignored, annotations }
}

function since(clock: Clock, startMs: number): number {
  return (clock.monotonic() - startMs) / 1000
}

function errorTypeOf({ program }: CompiledValidation, result: Evaluation): Check['errorType'] {
  if (result.ok) return 'no_error'
  if (result.isOverBudget) return 'out_of_budget'
  return 'problem' in program ? 'compile_error' : 'invalid_error'
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
