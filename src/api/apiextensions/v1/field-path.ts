import type { JSONSchemaPropsValue as Schema } from './common.ts'

/** A path below a value, as errors name it, and the schema of what it leads to. */
export interface FieldPath {
  readonly path: string
  readonly schema: Schema
}

/** The path is none, or leads nowhere by the schema. Worded as upstream. */
export class FieldPathError extends Error {
  override readonly name = 'FieldPathError'
}

const TOKEN = /'(?:\\.|[^'\\])*'|[.[\]]|[^.[\]]+/g

/**
 * Reads a JSON path of fields and keys, such as `.spec['a-b'].count`, and follows it through the schema. Throws
 * `FieldPathError`.
 */
export function parseFieldPath(
  text: string,
  root: Schema,
  { allowBrackets = true }: { readonly allowBrackets?: boolean } = {},
): FieldPath {
  const tokens = [...text.matchAll(TOKEN)].map(([token]) => token)
  let found: FieldPath = { path: '', schema: root }
  for (let i = 0; i < tokens.length;) {
    const token = tokens[i]!
    if (token === '.') {
      found = stepInto(found, expected(tokens[i + 1]))
      i += 2
    } else if (token === '[') {
      if (!allowBrackets) throw new FieldPathError('array notation is not allowed')
      found = stepInto(found, unquoted(expected(tokens[i + 1])))
      const end = expected(tokens[i + 2])
      if (end !== ']') throw new FieldPathError(`expected ] but got ${end}`)
      i += 3
    } else throw new FieldPathError(`expected [ or . but got: ${token}`)
  }
  return found
}

function valuesOf({ additionalProperties: values }: Schema): Schema | undefined {
  return typeof values === 'object' && values !== null && !Array.isArray(values)
    ? values
    : undefined
}

function expected(token: string | undefined): string {
  if (token === undefined) throw new FieldPathError('unexpected end of JSON path')
  return token
}

function unquoted(token: string): string {
  if (token.length < 2 || !token.startsWith("'") || !token.endsWith("'")) {
    throw new FieldPathError(`expected single quoted string but got ${token}`)
  }
  return token.slice(1, -1).replaceAll(/\\(.)/g, '$1')
}

function stepInto({ path, schema }: FieldPath, name: string): FieldPath {
  if (schema.properties) {
    const property = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
    if (!property) throw new FieldPathError('does not refer to a valid field')
    return { path: path === '' ? name : `${path}.${name}`, schema: property }
  }
  const values = valuesOf(schema)
  if (!values) throw new FieldPathError('does not refer to a valid field')
  return { path: `${path}[${name}]`, schema: values }
}

/** Whether a path leads somewhere by a schema. */
export function isFieldPath(schema: Schema, text: string): boolean {
  try {
    parseFieldPath(text, schema)
    return true
  } catch (error) {
    if (error instanceof FieldPathError) return false
    throw error
  }
}
