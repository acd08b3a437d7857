import { CborError, decodeCbor } from '../schema/cbor.ts'
import { JsonSyntaxError, parseJson, readJson } from '../schema/json.ts'
import { decodeMessage, ProtoError, unwrap } from '../schema/protobuf.ts'
import { unrecognized } from './body-errors.ts'
import type { BodySchema } from './body-schema.ts'
import { CBOR_TYPE, JSON_TYPE, mediaTypeOf, PROTOBUF_TYPE, YAML_TYPE } from './media-types.ts'
import { ParseError } from './parse-error.ts'
import { unsupportedMediaType } from './status-error.ts'
import { parseYaml } from './yaml.ts'

/** The body of a request as a JSON object, not yet checked against any schema. */
export interface ReadBody {
  readonly value: Readonly<Record<string, unknown>>
  /** The JSON that strict problems are looked for in, where `value` has lost duplicate fields. */
  readonly text?: string
  /** What strict reading refuses already. */
  readonly problems: readonly string[]
}

type Read = Omit<ReadBody, 'value'> & { readonly value: unknown }
type Reader = (body: Uint8Array, strict: boolean, schema: BodySchema) => Read

const READERS: Readonly<Record<string, Reader>> = {
  [JSON_TYPE]: readJsonBody,
  [YAML_TYPE]: readYamlBody,
  [PROTOBUF_TYPE]: readProtobufBody,
  [CBOR_TYPE]: (body) => ({ value: decodeCbor(body), problems: [] }),
}

/** The body of a request, and what it says it is. */
export interface Body {
  readonly bytes: Uint8Array
  readonly contentType: string | undefined
  /** Whether CBOR is among the encodings that are taken; it is behind a gate (KEP-4222). */
  readonly acceptsCbor?: boolean
}

/** Reads a body by its content type. Throws `StatusError`s. Duplicate fields are only looked for where `strict`. */
export function readBody(
  schema: BodySchema,
  { bytes: body, contentType, acceptsCbor = false }: Body,
  strict: boolean,
): ReadBody {
  const { kind } = schema
  const types = Object.keys(READERS).filter((each) =>
    each === PROTOBUF_TYPE ? schema.message : each !== CBOR_TYPE || acceptsCbor,
  )
  const type = mediaTypeOf(contentType)
  if (!types.includes(type)) throw unsupportedMediaType(types)
  try {
    const read = READERS[type]!(body, strict, schema)
    return { ...read, value: objectOf(read.value) }
  } catch (error) {
    if (error instanceof JsonSyntaxError) {
      throw unrecognized(
        kind,
        body,
        `couldn't get version/kind; json parse error: ${error.message}`,
      )
    }
    if (error instanceof CborError) {
      throw unrecognized(kind, body, `unable to determine group/version/kind: ${error.message}`)
    }
    if (error instanceof ParseError || error instanceof ProtoError) {
      throw unrecognized(kind, body, error.message)
    }
    throw error
  }
}

function readProtobufBody(body: Uint8Array, _strict: boolean, { kind, message }: BodySchema): Read {
  const { raw, ...envelope } = unwrap(body)
  const said = { apiVersion: envelope.apiVersion, kind: envelope.kind }
  // Another kind is refused by its name, so there is no use in reading it.
  const isExpected = said.kind === '' || said.kind === kind.kind
  const fields = isExpected && message ? decodeMessage(message, raw) : {}
  return { value: { ...fields, ...said }, problems: [] }
}

function readJsonBody(body: Uint8Array, strict: boolean): Read {
  if (!strict) return { value: parseJson(body), problems: [] }
  const { value, hasDuplicates } = readJson(body)
  return { value, problems: [], ...(hasDuplicates && { text: new TextDecoder().decode(body) }) }
}

const OPEN_BRACE = 0x7b

function readYamlBody(body: Uint8Array, strict: boolean): Read {
  const { value, duplicates } = readYaml(body, strict)
  const lines = duplicates.map((each) => `  ${each}`).join('\n')
  return { value, problems: lines === '' ? [] : [`yaml: unmarshal errors:\n${lines}`] }
}

/** Reads YAML, or the JSON that most of it is, which takes a hundredth of the time. */
export function readYaml(
  body: Uint8Array,
  strict: boolean,
): { readonly value: unknown; readonly duplicates: readonly string[] } {
  if (body[0] === OPEN_BRACE) {
    try {
      const { value, text } = readJsonBody(body, strict)
      if (text === undefined) return { value, duplicates: [] }
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error
    }
  }
  return parseYaml(new TextDecoder().decode(body))
}

const TYPE_META =
  'value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

function objectOf(value: unknown): ReadBody['value'] {
  if (value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as ReadBody['value']
  throw new JsonSyntaxError(`json: cannot unmarshal ${jsonType(value)} into Go ${TYPE_META}`)
}

/** The name of a JSON value's type in Go's messages. */
export function jsonType(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'bigint' ? 'number' : typeof value
}
