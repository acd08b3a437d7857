import type { FieldError } from '../../../schema/field-error.ts'
import { compileCheck, type Check } from '../schema/check.ts'
import { compileCompleter, type Complete } from '../schema/complete.ts'
import { Correlation } from '../schema/correlation.ts'
import { embeddedCheck, type EmbeddedCheck } from '../schema/embedded.ts'
import { explain } from '../schema/explain.ts'
import { compileListItems, type ListItemsCheck } from '../schema/list-items.ts'
import type { Schema } from '../schema/schema.ts'

/** All that the schema of one version says of its objects, compiled when it is first needed. */
export interface SchemaRules {
  readonly schema: Schema
  readonly complete: Complete
  /** What is wrong with an object; with an old one, less what did not change. */
  validate(object: object, old?: object): readonly FieldError[]
  /** The same for the status alone. */
  validateStatus(status: unknown, old: unknown): readonly FieldError[]
  readonly embedded: EmbeddedCheck | undefined
  readonly listItems: ListItemsCheck | undefined
}

export function schemaRules(schema: Schema): SchemaRules {
  let complete: Complete | undefined
  let check: Check | undefined
  let statusCheck: Check | undefined
  let listItems: { readonly check: ListItemsCheck | undefined } | undefined
  let embedded: { readonly check: EmbeddedCheck | undefined } | undefined
  const status = schema.properties?.['status'] ?? {}
  return {
    schema,
    get complete() {
      return (complete ??= compileCompleter(schema))
    },
    get listItems() {
      return (listItems ??= { check: compileListItems(schema) }).check
    },
    get embedded() {
      return (embedded ??= { check: embeddedCheck(schema) }).check
    },
    validate(object, old) {
      check ??= compileCheck(schema) ?? anything
      return check(object) ? NONE : explain(schema, object, { before: before(schema, object, old) })
    },
    validateStatus(value, old) {
      statusCheck ??= compileCheck(status) ?? anything
      if (statusCheck(value)) return NONE
      return explain(status, value, { prefix: 'status', before: before(status, value, old) })
    },
  }
}

const NONE: readonly FieldError[] = []

function anything(): boolean {
  return true
}

function before(schema: Schema, value: unknown, old: unknown): Correlation | undefined {
  return old === undefined ? undefined : new Correlation(schema, value, old)
}
