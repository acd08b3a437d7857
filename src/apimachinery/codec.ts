import { DecodeError } from '../schema/decode.ts'
import { readOrdered } from '../schema/json-reader.ts'
import { apiVersionOf } from '../schema/resource.ts'
import { cannotHandle, unrecognized } from './body-errors.ts'
import { jsonType, readBody, type Body, type ReadBody } from './body.ts'
import type { BodySchema } from './body-schema.ts'
import { quote } from './go-format.ts'
import { parseApiVersion, type GroupVersionKind } from './gvk.ts'
import { ParseError } from './parse-error.ts'
import { badRequest } from './status-error.ts'

/** What becomes of unknown and duplicate fields: dropped, dropped with warnings, or refused. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface Decoded {
  /** With `apiVersion` and `kind` as the request expects them. */
  readonly object: Readonly<Record<string, unknown>>
  readonly warnings: readonly string[]
}

/**
 * Decodes the body of a request into an object of the kind that is expected. Throws `StatusError`s: BadRequest in the
 * words of k8s.io/apiserver, UnsupportedMediaType for an encoding that is not known.
 */
export function decodeBody(
  schema: BodySchema,
  body: Body,
  fieldValidation: FieldValidation = 'Warn',
): Decoded {
  const read = readBody(schema, body, fieldValidation !== 'Ignore')
  const said = kindOf(schema.kind, read.value, body.bytes)
  const { kind } = schema
  const isExpected = said.version === kind.version && said.group === kind.group
  const accepts = isExpected || schema.acceptsVersion?.(said) === true
  if (said.kind !== kind.kind || (said.group !== kind.group && !accepts)) {
    throw cannotHandle(said, kind, mismatch(schema, said))
  }
  const decoded = decodeValue(schema, said, read, fieldValidation)
  if (!accepts) {
    throw badRequest(
      `the API version in the data (${apiVersionOf(said)}) does not match the expected API version (${apiVersionOf(kind)})`,
    )
  }
  return decoded
}

/** Decodes an object that is already parsed, such as a patched one, as `decodeBody()` does. */
export function decodeObject(
  schema: BodySchema,
  value: Readonly<Record<string, unknown>>,
  fieldValidation: FieldValidation = 'Warn',
): Decoded {
  return decodeValue(schema, schema.kind, { value, problems: [] }, fieldValidation)
}

function decodeValue(
  schema: BodySchema,
  said: GroupVersionKind,
  read: ReadBody,
  fieldValidation: FieldValidation,
): Decoded {
  try {
    const { object, hasUnknown } = schema.decode(read.value)
    const problems = fieldValidation === 'Ignore' ? [] : strictProblems(schema, read, hasUnknown)
    if (problems.length > 0 && fieldValidation === 'Strict') {
      throw cannotHandle(said, schema.kind, `strict decoding error: ${problems.join(', ')}`)
    }
    return { object: withKind(object, schema.kind), warnings: problems.flatMap(warningsOf) }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw cannotHandle(said, schema.kind, error.message)
  }
}

// Looking for the places is slow, so it is done only where something is known to be amiss.
function strictProblems(
  schema: BodySchema,
  { value, text, problems }: ReadBody,
  hasUnknown: boolean,
): readonly string[] {
  if (text !== undefined) return [...problems, ...schema.strictProblems(readOrdered(text))]
  return hasUnknown ? [...problems, ...schema.strictProblems(value)] : problems
}

/** The kind that a body says it is; what it leaves out is what the request expects. */
function kindOf(
  expected: GroupVersionKind,
  value: ReadBody['value'],
  body: Uint8Array,
): GroupVersionKind {
  try {
    const [apiVersion, kind] = [textOf(value, 'apiVersion'), textOf(value, 'kind')]
    const said = parseApiVersion(apiVersion)
    const { group, version } = said.version === '' && said.group === '' ? expected : said
    return { group, version, kind: kind === '' ? expected.kind : kind }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    throw unrecognized(expected, body, error.message)
  }
}

function textOf(value: ReadBody['value'], name: 'apiVersion' | 'kind'): string {
  const text = value[name] ?? ''
  if (typeof text === 'string') return text
  throw new ParseError(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonType(text)} into Go struct field .${name} of type string`,
  )
}

function mismatch(schema: BodySchema, said: GroupVersionKind): string {
  const { kind } = schema
  if (schema.isRegistered?.(said)) {
    const internal = kind.group === '' ? 'core' : kind.group.split('.')[0]
    return `converting (${said.version}.${said.kind}) to (${internal}.${kind.kind}): unknown conversion`
  }
  return `no kind ${quote(said.kind)} is registered for version ${quote(apiVersionOf(said))} in scheme "pkg/api/legacyscheme/scheme.go:30"`
}

/** The object with the kind that it is served as. */
export function withKind(object: Decoded['object'], kind: GroupVersionKind): Decoded['object'] {
  const apiVersion = apiVersionOf(kind)
  if (object['apiVersion'] === apiVersion && object['kind'] === kind.kind) return object
  return { ...object, apiVersion, kind: kind.kind }
}

const YAML_ERRORS = 'yaml: unmarshal errors:\n'

// The mistakes of a YAML text are one problem of several lines, but each is a warning of its own.
function warningsOf(problem: string): string[] {
  if (!problem.startsWith(YAML_ERRORS)) return [problem]
  const lines = problem.slice(YAML_ERRORS.length).split('\n')
  return lines.map((line) => line.trim())
}
