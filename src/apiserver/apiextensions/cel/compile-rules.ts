import type { ValidationRule } from '../../../api/apiextensions/v1/common.ts'
import {
  BOOL,
  celEnvironment,
  celTypes,
  compileCel,
  escapeName,
  typesFromSchema,
  type DeclaredType,
  type Environment,
  type JsonSchema,
  type Program,
} from '../../../cel/index.ts'
import type { Value } from '../../../cel/values/value.ts'
import type { Schema } from '../schema/schema.ts'
import { isEmbedded } from '../schema/schema.ts'
import { FieldPathError, parseFieldPath } from '../../../api/apiextensions/v1/field-path.ts'

/** A rule of a schema as it came out of the compiler. */
export interface CompiledRule {
  readonly rule: ValidationRule
  readonly program?: Program
  /** Why there is no program. */
  readonly problem?: string
  readonly message?: Program
  /** Why there is no message expression, although one is given. */
  readonly messageProblem?: string
  readonly readsOld: boolean
  /** The field to blame, below the value; empty for the value itself. */
  readonly fieldPath: string
}

/** The type of a schema's values; undefined where expressions cannot see them. */
export function declaredType(schema: Schema, isRoot = false): DeclaredType | undefined {
  const isResourceRoot = isRoot || isEmbedded(schema)
  return typesFromSchema(schema as unknown as JsonSchema, { isResourceRoot })
}

/** The type of a property, as that of the whole has it, which is found without being made again. */
export function propertyType(
  declared: DeclaredType | undefined,
  name: string,
  schema: Schema,
): DeclaredType | undefined {
  const escaped = escapeName(name)
  return escaped === undefined ? declaredType(schema) : declared?.fields?.get(escaped)
}

/** Compiles the rules of a schema, without those below it. */
export function compileRules(schema: Schema, self: DeclaredType): readonly CompiledRule[] {
  const rules = schema['x-kubernetes-validations'] ?? []
  const plain = celEnvironment({ variables: { self, oldSelf: self } })
  let optional: Environment | undefined
  return rules.map((rule) => {
    const environment = rule.optionalOldSelf
      ? (optional ??= celEnvironment({ variables: { self, oldSelf: optionalType(self) } }))
      : plain
    return compileRule(rule, schema, environment)
  })
}

function optionalType(self: DeclaredType): DeclaredType {
  return {
    ...BOOL,
    type: celTypes.optionalOf(self.type),
    // What stands for it is an optional already.
    toValue: (value) => value as Value,
  }
}

function compileRule(rule: ValidationRule, schema: Schema, environment: Environment): CompiledRule {
  const fieldPath = fieldPathOf(rule, schema)
  const nothing: CompiledRule = { rule, readsOld: false, fieldPath }
  if (rule.rule.trim() === '') return nothing
  const compiled = compileCel(rule.rule, environment, { resultTypes: [celTypes.BOOL] })
  if (!compiled.ok) {
    const isResult = compiled.stage === 'result'
    const problem = isResult
      ? 'cel expression must evaluate to a bool'
      : compiled.stage === 'program'
        ? compiled.message
        : `compilation failed: ${compiled.message}`
    return { ...nothing, problem }
  }
  const { program } = compiled
  const own = { ...nothing, program, readsOld: program.reads.includes('oldSelf') }
  return rule.messageExpression ? { ...own, ...compileMessage(rule, environment) } : own
}

function compileMessage(
  { messageExpression = '' }: ValidationRule,
  environment: Environment,
): Partial<Pick<CompiledRule, 'message' | 'messageProblem'>> {
  const compiled = compileCel(messageExpression, environment, { resultTypes: [celTypes.STRING] })
  if (compiled.ok) return { message: compiled.program }
  return {
    messageProblem:
      compiled.stage === 'result'
        ? 'messageExpression must evaluate to a string'
        : `messageExpression compilation failed: ${compiled.message}`,
  }
}

function fieldPathOf({ fieldPath = '' }: ValidationRule, schema: Schema): string {
  if (fieldPath === '') return ''
  try {
    return parseFieldPath(fieldPath, schema).path
  } catch (error) {
    if (error instanceof FieldPathError) return ''
    throw error
  }
}
