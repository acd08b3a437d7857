import type { DeclaredType } from '../../../cel/index.ts'
import { itemsOf, someSchema, valuesOf, type Schema } from '../schema/schema.ts'
import { compileRules, declaredType, propertyType, type CompiledRule } from './compile-rules.ts'

/** The rules of a schema and of all below it, where there are any. */
export interface RuleTree {
  readonly schema: Schema
  readonly declared: DeclaredType
  readonly rules: readonly CompiledRule[]
  readonly items: RuleTree | undefined
  readonly values: RuleTree | undefined
  readonly properties: ReadonlyMap<string, RuleTree>
}

export function hasRules(schema: Schema): boolean {
  return someSchema(schema, (each) => (each['x-kubernetes-validations'] ?? []).length > 0)
}

/** Compiles all rules of the schema of an object. Undefined where there are none. */
export function ruleTree(schema: Schema): RuleTree | undefined {
  if (!hasRules(schema)) return undefined
  return treeOf(schema, declaredType(schema, true))
}

function treeOf(schema: Schema, declared: DeclaredType | undefined): RuleTree | undefined {
  if (!declared) return undefined
  const rules = compileRules(schema, declared)
  const [itemSchema, valueSchema] = [itemsOf(schema), valuesOf(schema)]
  const items = itemSchema && below(itemSchema, declared.item)
  const values = valueSchema && below(valueSchema, declared.item)
  const properties = new Map<string, RuleTree>()
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    if (!hasRules(each)) continue
    const tree = treeOf(each, propertyType(declared, name, each))
    if (tree) properties.set(name, tree)
  }
  const isEmpty = rules.length === 0 && !items && !values && properties.size === 0
  return isEmpty ? undefined : { schema, declared, rules, items, values, properties }
}

function below(schema: Schema, declared: DeclaredType | undefined): RuleTree | undefined {
  return hasRules(schema) ? treeOf(schema, declared) : undefined
}
