import { JsonSyntaxError, parseJson, readJson } from '../../schema/json.ts'
import { OrderedObject, readOrdered } from '../../schema/json-reader.ts'
import { jsonType } from '../body.ts'
import type { FieldValidation } from '../codec.ts'
import { badRequest, requestEntityTooLarge } from '../status-error.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import type { JsonPatchOperation } from './json-patch.ts'

const OPERATIONS_MAX = 10_000
const OPERATION_FIELDS = new Set(['op', 'path', 'from', 'value'])

interface Read<T> {
  readonly value: T
  /** What strict decoding refuses in the patch itself. */
  readonly problems: readonly string[]
}

/** Reads a JSON patch. Throws `StatusError`. */
export function readOperations(
  body: Uint8Array,
  fieldValidation: FieldValidation,
): Read<readonly JsonPatchOperation[]> {
  const value = parsed(body, 'error decoding patch: ')
  if (!Array.isArray(value)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(value)} into Go value of type []handlers.jsonPatchOp`,
    )
  }
  if (value.length > OPERATIONS_MAX) {
    throw requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${OPERATIONS_MAX}, got ${value.length}`,
    )
  }
  for (const operation of value as unknown[]) checkOperation(operation)
  const problems = fieldValidation === 'Ignore' ? [] : operationProblems(body)
  return { value: value as JsonPatchOperation[], problems }
}

function checkOperation(operation: unknown): void {
  if (!isJsonObject(operation)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(operation)} into Go value of type handlers.jsonPatchOp`,
    )
  }
  for (const name of ['op', 'path', 'from']) {
    const value = operation[name]
    if (value === undefined || typeof value === 'string') continue
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(value)} into Go struct field jsonPatchOp.${name} of type string`,
    )
  }
}

function operationProblems(body: Uint8Array): string[] {
  const operations = readOrdered(new TextDecoder().decode(body)) as OrderedObject[]
  const problems = operations.flatMap(({ entries }, i) => {
    const seen = new Set<string>()
    return entries.flatMap(([name]) => {
      const path = JSON.stringify(`[${i}].${name}`)
      if (!OPERATION_FIELDS.has(name)) return [`json patch unknown field ${path}`]
      if (seen.has(name)) return [`json patch duplicate field ${path}`]
      seen.add(name)
      return []
    })
  })
  return [...new Set(problems)]
}

/** Reads a merge patch, or a strategic one. Throws `StatusError`. */
export function readMergePatch(
  body: Uint8Array,
  fieldValidation: FieldValidation,
  context: string,
): Read<JsonObject> {
  const value = parsed(body, context)
  if (!isJsonObject(value)) {
    throw badRequest(
      `${context}json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`,
    )
  }
  if (fieldValidation === 'Ignore' || !readJson(body).hasDuplicates) return { value, problems: [] }
  return { value, problems: duplicates(readOrdered(new TextDecoder().decode(body)), '') }
}

function parsed(body: Uint8Array, context: string): unknown {
  try {
    return parseJson(body)
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest(`${context}${error.message}`)
    throw error
  }
}

/** The duplicate fields of a value that no schema is known of. */
function duplicates(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => duplicates(item, `${path}[${i}]`))
  if (!(value instanceof OrderedObject)) return []
  const seen = new Set<string>()
  const found = value.entries.flatMap(([name, each]) => {
    const at = path === '' ? name : `${path}.${name}`
    const own = seen.has(name) ? [`duplicate field ${JSON.stringify(at)}`] : []
    seen.add(name)
    return [...own, ...duplicates(each, at)]
  })
  return [...new Set(found)]
}
