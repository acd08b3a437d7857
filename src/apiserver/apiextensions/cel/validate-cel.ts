import { forbidden, invalid, type FieldError } from '../../../schema/field-error.ts'
import type { DeclaredType } from '../../../cel/index.ts'
import { isMap, itemsOf, valuesOf, type Schema } from '../schema/schema.ts'
import { compileRules, declaredType, propertyType, type CompiledRule } from './compile-rules.ts'
import {
  cardinalityOf,
  costText,
  RULE_COST_MAX,
  SCHEMA_COST_MAX,
  TotalCost,
} from './cost-limits.ts'
import { hasRules } from './rule-tree.ts'

/** Checks the CEL expressions of the schema of an object: that they compile, and that they cannot cost too much. */
export function validateCel(schema: Schema, path: string): FieldError[] {
  if (!hasRules(schema)) return []
  const total = new TotalCost()
  const errors = validateNode(
    { schema, path, declared: declaredType(schema, true), times: 1, forbidsOld: undefined },
    total,
  )
  if (total.total <= SCHEMA_COST_MAX) return errors
  const text =
    'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'
  const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema'
  return [
    ...errors,
    ...total.largest.map((each) => forbidden(each, text)),
    forbidden(path, costText(what, total.total, SCHEMA_COST_MAX)),
  ]
}

interface Node {
  readonly schema: Schema
  readonly path: string
  readonly declared: DeclaredType | undefined
  /** How often such a value can be there at most; undefined where nothing limits it. */
  readonly times: number | undefined
  /** The nearest value around it of which new and old cannot be told to belong together. */
  readonly forbidsOld: string | undefined
}

function validateNode(node: Node, total: TotalCost): FieldError[] {
  if (!hasRules(node.schema)) return []
  return [
    ...childNodes(node).flatMap((child) => validateNode(child, total)),
    ...validateOwn(node, total),
  ]
}

function childNodes({ schema, path, declared, times, forbidsOld }: Node): readonly Node[] {
  const count = elementsOf(schema)
  const inside = times === undefined || count === undefined ? undefined : times * count
  const common = { times: inside, forbidsOld }
  const [items, values] = [itemsOf(schema), valuesOf(schema)]
  const isCorrelated = schema['x-kubernetes-list-type'] === 'map'
  return [
    ...(values
      ? [
          {
            ...common,
            schema: values,
            path: `${path}.additionalProperties`,
            declared: declared?.item,
          },
        ]
      : []),
    ...Object.entries(schema.properties ?? {}).map(([name, each]) => ({
      ...common,
      schema: each,
      path: `${path}.properties[${name}]`,
      declared: propertyType(declared, name, each),
    })),
    ...(items
      ? [
          {
            ...common,
            schema: items,
            path: `${path}.items`,
            declared: declared?.item,
            forbidsOld: forbidsOld ?? (isCorrelated ? undefined : path),
          },
        ]
      : []),
  ]
}

function elementsOf(schema: Schema): number | undefined {
  if (schema.type === 'array')
    return schema.maxItems === undefined ? undefined : notNegative(schema.maxItems)
  if (schema.type !== 'object' || !isMap(schema)) return 1
  return schema.maxProperties === undefined ? undefined : notNegative(schema.maxProperties)
}

function notNegative(value: number): number {
  return Math.max(value, 0)
}

function validateOwn(node: Node, total: TotalCost): FieldError[] {
  const { schema, path, declared } = node
  const rules = schema['x-kubernetes-validations'] ?? []
  if (rules.length === 0) return []
  const at = `${path}.x-kubernetes-validations`
  if (!declared) {
    const text =
      'Internal error: internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations'
    return [{ type: 'Internal error', field: at, body: text }]
  }
  const times = node.times ?? cardinalityOf(declared.bytesMin)
  return compileRules(schema, declared).flatMap((compiled, i) => [
    ...validateCosts(compiled, `${at}[${i}]`, times, total),
    ...validateCompiled(compiled, `${at}[${i}]`),
    ...validateOld(compiled, `${at}[${i}]`, node.forbidsOld),
  ])
}

function validateCosts(
  { program, message }: CompiledRule,
  path: string,
  times: number,
  total: TotalCost,
): FieldError[] {
  const errors: FieldError[] = []
  const observe = (at: string, what: string, cost: number): void => {
    if (cost > RULE_COST_MAX) errors.push(forbidden(at, costText(what, cost, RULE_COST_MAX)))
    total.add(at, cost)
  }
  if (program) {
    observe(`${path}.rule`, 'estimated rule cost', program.estimateCost().max * times)
  }
  if (message) {
    const cost = message.estimateCost().max
    observe(`${path}.messageExpression`, 'estimated messageExpression cost', cost)
  }
  return errors
}

function validateCompiled(
  { rule, problem, messageProblem }: CompiledRule,
  path: string,
): FieldError[] {
  return [
    ...(problem === undefined ? [] : [invalid(`${path}.rule`, rule, problem)]),
    ...(messageProblem === undefined
      ? []
      : [invalid(`${path}.messageExpression`, rule, messageProblem)]),
  ]
}

function validateOld(
  { rule, readsOld, problem }: CompiledRule,
  path: string,
  forbidsOld: string | undefined,
): FieldError[] {
  if (readsOld && forbidsOld !== undefined) {
    const text = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${forbidsOld}`
    return [invalid(`${path}.rule`, rule.rule, text)]
  }
  if (readsOld || problem !== undefined || rule.optionalOldSelf === undefined) return []
  const text = 'may not be set if oldSelf is not used in rule'
  return [invalid(`${path}.optionalOldSelf`, rule.optionalOldSelf, text)]
}
