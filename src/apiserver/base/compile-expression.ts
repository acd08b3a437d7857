import { compileCel, type Environment, type Program } from '../../cel/index.ts'
import type { Type } from '../../cel/check/type.ts'
import { type FieldError, invalid } from '../../schema/field-error.ts'

/** Compiles an expression of a configuration file, at `path` there. What is wrong with it goes to `errors`. */
export function compileExpression(
  source: string,
  environment: Environment,
  resultTypes: readonly Type[],
  path: string,
  errors: FieldError[],
): Program | undefined {
  const compiled = compileCel(source, environment, { resultTypes })
  if (compiled.ok) return compiled.program
  const { message, stage } = compiled
  errors.push(
    invalid(path, source, stage === 'result' ? message : `compilation failed: ${message}`),
  )
  return undefined
}
