import { equal } from '../../../apimachinery/equality.ts'
import { DecodeError } from '../../../schema/decode.ts'
import { invalid, type FieldError } from '../../../schema/field-error.ts'
import { problemsByRules } from '../cel/evaluate-rules.ts'
import { ruleTree } from '../cel/rule-tree.ts'
import { compileCheck } from '../schema/check.ts'
import { compileCompleter } from '../schema/complete.ts'
import { embeddedCheck } from '../schema/embedded.ts'
import { explain } from '../schema/explain.ts'
import { childrenOf, isEmbedded, isObject, someSchema, type Schema } from '../schema/schema.ts'
import { NOWHERE } from '../schema/problems.ts'

/** Checks that the defaults of a schema are as it says itself, and have nothing that it does not know. */
export function validateDefaults(schema: Schema, path: string): FieldError[] {
  if (!someSchema(schema, hasDefault)) return []
  const own = hasDefault(schema) ? validateDefault(schema, `${path}.default`) : []
  const { additionalProperties: _, ...rest } = schema
  // There are none in the values of maps.
  const below = childrenOf(rest, path).flatMap(([each, at]) => validateDefaults(each, at))
  return [...own, ...below]
}

function hasDefault(schema: Schema): boolean {
  return schema.default !== undefined
}

function validateDefault(schema: Schema, path: string): FieldError[] {
  const value = schema.default
  return [
    ...validatePruned(schema, value, path),
    ...(isEmbedded(schema) ? (embeddedCheck(schema)?.(value, path) ?? []) : []),
    ...validateValue(schema, value, path),
  ]
}

function validatePruned(schema: Schema, value: unknown, path: string): FieldError[] {
  const wrapper: Schema = { type: 'object', properties: { value: withoutDefaults(schema) } }
  const dropped = { unknown: false }
  try {
    const completed = compileCompleter(wrapper)({ value }, dropped)
    const pruned = isObject(completed) ? completed['value'] : undefined
    const isPruned = !dropped.unknown || equal(pruned, value)
    return isPruned ? [] : [invalid(path, value, 'must not have unknown fields')]
  } catch (error) {
    if (error instanceof DecodeError) return [invalid(path, value, error.message)]
    throw error
  }
}

/** The schema for pruning alone: what it would fill in is not there yet. */
function withoutDefaults(given: Schema): Schema {
  const { default: _, ...schema } = given
  const { properties, items, additionalProperties: values } = schema
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, each]) => [name, withoutDefaults(each)]),
      ),
    }),
    ...(isObject(items) && { items: withoutDefaults(items) }),
    ...(isObject(values) && { additionalProperties: withoutDefaults(values) }),
  }
}

function validateValue(schema: Schema, value: unknown, path: string): FieldError[] {
  const check = compileCheck(schema)
  if (check && !check(value)) return [...explain(schema, value, { prefix: path })]
  const tree = isObject(value) ? ruleTree(schema) : undefined
  const errors = tree ? problemsByRules(tree, value as object) : []
  return errors.map((error) => ({
    ...error,
    field: error.field === NOWHERE ? path : `${path}.${error.field}`,
  }))
}
