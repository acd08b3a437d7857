import { check } from './check/checker.ts'
import { literalIssues } from './check/literals.ts'
import type { Checked } from './check/checker.ts'
import type { Type } from './check/type.ts'
import { DYN, formatType, sameType } from './check/type.ts'
import type { CostEstimate } from './cost/estimate.ts'
import { estimate } from './cost/estimate.ts'
import type { Environment } from './environment.ts'
import { CostLimitExceeded, Frame, PendingAnswer } from './evaluate/frame.ts'
import { type Plan, plan } from './evaluate/plan.ts'
import type { Issue } from './syntax/issue.ts'
import { formatIssues } from './syntax/issue.ts'
import { parse } from './syntax/parser.ts'
import { CelError } from './values/value.ts'
import type { Result, Value } from './values/value.ts'

/** What one expression may cost at run time, in Kubernetes' units of about 50 ns. */
export const PER_CALL_LIMIT = 1_000_000
/** What all expressions that look at one request may cost together at run time. */
export const RUNTIME_BUDGET = 10_000_000

/** A program, or why there is none. */
export type Compiled =
  | { readonly ok: true; readonly program: Program }
  | {
      readonly ok: false
      /** What failed: the text, its types, the type of its result, or making a program of it. */
      readonly stage: 'parse' | 'check' | 'result' | 'program'
      /** As Kubernetes says it after `compilation failed: `. */
      readonly message: string
      readonly issues: readonly Issue[]
    }

export interface CompileOptions {
  /** The result must be of exactly one of these types. `DYN` among them lets every type through. */
  readonly resultTypes?: readonly Type[]
}

export interface Program {
  readonly source: string
  /** The type of the result. */
  readonly type: Type
  /** Variables that the expression reads. */
  readonly reads: readonly string[]
  /** What an evaluation can cost at least and at most, by the sizes that the types of the variables allow. */
  estimateCost(): CostEstimate
  /**
   * Evaluates the expression. `variables` are JSON or values; those of a declared type are converted as far as the
   * expression looks at them. An error of the expression is an `Evaluation` that is not ok, never thrown.
   */
  evaluate(variables: Variables, options?: EvaluateOptions): Evaluation
  /** The same where the authorizer answers with promises: waits for each answer and starts anew with it. */
  evaluateAsync(variables: Variables, options?: EvaluateOptions): Promise<Evaluation>
}

export type Variables = Readonly<Record<string, unknown>>

export interface EvaluateOptions {
  /** What the evaluation may cost before it is cancelled; `PER_CALL_LIMIT` where nothing is said. */
  readonly costLimit?: number
}

/** What came out, and what it cost. */
export type Evaluation =
  | { readonly ok: true; readonly value: Value; readonly cost: number }
  | {
      readonly ok: false
      readonly error: string
      readonly cost: number
      /** The evaluation ran into its limit rather than into an error of the expression. */
      readonly isOverBudget: boolean
    }

/** Parses, checks and plans an expression. Never throws, whatever the text. */
export function compileCel(
  source: string,
  environment: Environment,
  { resultTypes }: CompileOptions = {},
): Compiled {
  const parsed = parse(source)
  if (!parsed.ok) return failure('parse', source, parsed.issues)
  const result = check(parsed.expr, environment.declarations)
  if (!result.ok) return failure('check', source, result.issues)
  const { checked } = result
  const wrong = literalIssues(checked)
  if (wrong.length > 0) return failure('check', source, wrong)
  if (resultTypes && !resultTypes.some((type) => type === DYN || sameType(type, checked.type))) {
    return {
      ok: false,
      stage: 'result',
      message: wrongResult(resultTypes, checked.type),
      issues: [],
    }
  }
  const planned = plan(checked, environment.declarations.structs)
  if (planned instanceof CelError) {
    const message = `program instantiation failed: ${planned.message}`
    return { ok: false, stage: 'program', message, issues: [] }
  }
  return { ok: true, program: programOf(source, checked, planned, environment) }
}

function failure(stage: 'parse' | 'check', source: string, issues: readonly Issue[]): Compiled {
  const sorted = issues.toSorted((a, b) => a.offset - b.offset)
  return { ok: false, stage, message: formatIssues(source, sorted), issues: sorted }
}

function wrongResult(wanted: readonly Type[], found: Type): string {
  const shown = wanted.map(nameOf)
  const types = shown.length === 1 ? shown[0] : `one of [${shown.join(' ')}]`
  return `must evaluate to ${types} but got ${nameOf(found)}`
}

/** As cel-go prints a type on its own, which for null is not how it stands in other errors. */
function nameOf(type: Type): string {
  return type.kind === 'null' ? 'null_type' : formatType(type)
}

function programOf(
  source: string,
  checked: Checked,
  planned: Plan,
  environment: Environment,
): Program {
  const { run, globals } = planned
  const converters = globals.map((name) => environment.variables.get(name))
  return {
    source,
    type: checked.type,
    reads: globals,
    estimateCost: () => estimate(checked, environment.variables),
    evaluate(variables, { costLimit = PER_CALL_LIMIT } = {}) {
      return evaluateOnce(variables, costLimit)
    },
    async evaluateAsync(variables, { costLimit = PER_CALL_LIMIT } = {}) {
      for (;;) {
        const pending = attempt(() => evaluateOnce(variables, costLimit))
        if (!(pending instanceof PendingAnswer)) return pending
        await pending.answer
      }
    },
  }

  function evaluateOnce(variables: Variables, costLimit: number): Evaluation {
    const frame = new Frame(costLimit, (index) => {
      const json = variables[globals[index]!]
      if (json === undefined || json instanceof CelError) return json
      return converters[index]?.toValue(json)
    })
    try {
      return evaluationOf(run(frame), frame.cost)
    } catch (error) {
      if (!(error instanceof CostLimitExceeded)) throw error
      const message = 'operation cancelled: actual cost limit exceeded'
      return { ok: false, error: message, cost: frame.cost, isOverBudget: true }
    }
  }
}

/** What an evaluation came to, or the answer that it has to wait for. */
function attempt(evaluate: () => Evaluation): Evaluation | PendingAnswer {
  try {
    return evaluate()
  } catch (error) {
    if (error instanceof PendingAnswer) return error
    throw error
  }
}

function evaluationOf(result: Result, cost: number): Evaluation {
  return result instanceof CelError
    ? { ok: false, error: result.message, cost, isOverBudget: false }
    : { ok: true, value: result, cost }
}
