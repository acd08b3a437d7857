import { compileCondition } from './cel.ts'
import { compileQuery } from './query.ts'
import type { MatchExpression, Requirement, StageSelector } from './stage.ts'

/** Compiles which objects a stage selects: none without a selector, all with an empty one. Throws `ParseError`. */
export function compileSelector(selector: StageSelector | undefined): (object: unknown) => boolean {
  if (!selector) return () => false
  const { matchLabels = {}, matchAnnotations = {}, matchExpressions = [] } = selector
  const expressions: readonly MatchExpression[] = [
    ...exact('labels', matchLabels),
    ...exact('annotations', matchAnnotations),
    ...matchExpressions,
  ]
  const tests = expressions.map(compileExpression)
  return (object) => tests.every((test) => test(object))
}

function exact(field: string, wanted: Readonly<Record<string, string>>): readonly Requirement[] {
  return Object.entries(wanted).map(([name, value]) => ({
    key: `.metadata.${field}[${JSON.stringify(name)}]`,
    operator: 'In',
    values: [value],
  }))
}

function compileExpression(expression: MatchExpression): (object: unknown) => boolean {
  if ('cel' in expression) return compileCondition(expression.cel.expression)
  return compileRequirement('jq' in expression ? expression.jq : expression)
}

function compileRequirement({
  key,
  operator,
  values = [],
}: Requirement): (object: unknown) => boolean {
  const query = compileQuery(key)
  const wanted = new Set(values)
  const isWanted = (value: unknown): boolean => wanted.has(scalarText(value))
  switch (operator) {
    case 'In':
      return (object) => query(object).some(isWanted)
    case 'NotIn':
      return (object) => !query(object).some(isWanted)
    case 'Exists':
      return (object) => query(object).length > 0
    case 'DoesNotExist':
      return (object) => query(object).length === 0
    default:
      throw new Error(`unknown operator ${String(operator satisfies never)}`)
  }
}

export function scalarText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
