import { celEnvironment, compileCel, DYN, toJson, type Program } from '../../cel/index.ts'
import { ParseError } from '../../apimachinery/parse-error.ts'
import type { Query } from './query.ts'

/** The object, with Kubernetes' libraries. kwok's own functions are for metrics, and are not among them. */
const ENVIRONMENT = celEnvironment({ variables: { self: DYN } })

/** Compiles a condition over `self`. It does not hold where it fails. Throws `ParseError`. */
export function compileCondition(source: string): (object: unknown) => boolean {
  const program = compile(source)
  return (object) => {
    const result = program.evaluate({ self: object })
    return result.ok && result.value === true
  }
}

/** Compiles an expression over `self`, which finds one value, or none where it fails. Throws `ParseError`. */
export function compileValue(source: string): Query {
  const program = compile(source)
  return (object) => {
    const result = program.evaluate({ self: object })
    return result.ok ? [toJson(result.value)] : []
  }
}

function compile(source: string): Program {
  const compiled = compileCel(source, ENVIRONMENT)
  if (compiled.ok) return compiled.program
  throw new ParseError(`cel: ${compiled.message}`)
}
