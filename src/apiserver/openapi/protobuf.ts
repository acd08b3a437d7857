import { ProtoWriter } from '../../schema/proto-writer.ts'
import { join } from '../base/bytes.ts'
import {
  any,
  bool,
  each,
  named,
  object,
  text,
  within,
  type Fields,
  type Write,
} from './protobuf-writers.ts'
import type { PartsV2 } from './version2.ts'

/**
 * OpenAPI 2.0 in protobuf, as clients that are written in Go like it. Each part is encoded for itself, and in the end
 * all are joined. Yields often. See https://github.com/google/gnostic, openapiv2/OpenAPIv2.proto.
 */
export function* protobufOf(parts: PartsV2): Generator<void, Uint8Array> {
  const paths: Uint8Array[] = []
  for (const { name, json } of parts.paths) {
    paths.push(encode(named(2, pathItem), { [name]: JSON.parse(json) as unknown }))
    yield
  }
  const definitions: Uint8Array[] = []
  for (const { name, json } of parts.definitions) {
    definitions.push(encode(named(1, schema), { [name]: JSON.parse(json) as unknown }))
    yield
  }
  return join([
    encode(head, parts.head),
    enclose(8, paths),
    enclose(9, definitions),
    encode(head, parts.tail),
  ])
}

function encode(write: Write, value: unknown): Uint8Array {
  const writer = new ProtoWriter()
  write(writer, value)
  return writer.finish()
}

function enclose(tag: number, pieces: readonly Uint8Array[]): Uint8Array {
  return encode(
    within(tag, (writer) => writer.bytes(join(pieces))),
    undefined,
  )
}

const schema = (tag: number): Write =>
  within(
    tag,
    object(() => SCHEMA),
  )
const pathItem = (tag: number): Write =>
  within(
    tag,
    object(() => PATH_ITEM),
  )

const SCHEMA: Fields = {
  extensions: 31,
  fields: {
    $ref: text(1),
    format: text(2),
    description: text(4),
    default: any(5),
    required: each(text(19)),
    enum: each(any(20)),
    additionalProperties: within(21, schema(1)),
    type: within(22, text(1)),
    items: within(23, schema(1)),
    properties: within(25, named(1, schema)),
  },
}

const BODY: Fields = {
  extensions: 6,
  fields: {
    description: text(1),
    name: text(2),
    in: text(3),
    required: bool(4),
    schema: within(
      5,
      object(() => SCHEMA),
    ),
  },
}

const QUERY: Fields = {
  extensions: 23,
  fields: {
    required: bool(1),
    in: text(2),
    description: text(3),
    name: text(4),
    type: text(6),
    uniqueItems: bool(20),
  },
}

const PATH: Fields = {
  extensions: 22,
  fields: {
    required: bool(1),
    in: text(2),
    description: text(3),
    name: text(4),
    type: text(5),
    uniqueItems: bool(19),
  },
}

const PLACES: Readonly<Record<string, Write>> = {
  body: within(
    1,
    object(() => BODY),
  ),
  query: within(
    2,
    within(
      3,
      object(() => QUERY),
    ),
  ),
  path: within(
    2,
    within(
      4,
      object(() => PATH),
    ),
  ),
}

/** A parameter, by where it stands. */
const parameter = (tag: number): Write =>
  within(tag, (writer, value) => PLACES[(value as { readonly in: string }).in]!(writer, value))

const REFERENCE = within(
  2,
  object(() => ({ extensions: 0, fields: { $ref: text(1) } })),
)

/** A parameter, or a reference to one. */
const parameterItem = (tag: number): Write => {
  const itself = parameter(1)
  return within(tag, (writer, value) =>
    Object.hasOwn(value as object, '$ref') ? REFERENCE(writer, value) : itself(writer, value),
  )
}

const RESPONSE: Fields = {
  extensions: 5,
  fields: { description: text(1), schema: within(2, schema(1)) },
}

const OPERATION: Fields = {
  extensions: 13,
  fields: {
    tags: each(text(1)),
    description: text(3),
    operationId: text(5),
    produces: each(text(6)),
    consumes: each(text(7)),
    parameters: each(parameterItem(8)),
    responses: within(
      9,
      named(1, (tag) =>
        within(
          tag,
          within(
            1,
            object(() => RESPONSE),
          ),
        ),
      ),
    ),
    schemes: each(text(10)),
  },
}

const operation = (tag: number): Write =>
  within(
    tag,
    object(() => OPERATION),
  )

const PATH_ITEM: Fields = {
  extensions: 10,
  fields: {
    get: operation(2),
    put: operation(3),
    post: operation(4),
    delete: operation(5),
    options: operation(6),
    head: operation(7),
    patch: operation(8),
    parameters: each(parameterItem(9)),
  },
}

const API_KEY: Fields = {
  extensions: 5,
  fields: { type: text(1), name: text(2), in: text(3), description: text(4) },
}

const requirement = named(1, (tag) => within(tag, each(text(1))))
const securityDefinition = (tag: number): Write =>
  within(
    tag,
    within(
      2,
      object(() => API_KEY),
    ),
  )

/** What stands around paths and definitions. */
const head = object(() => ({
  extensions: 16,
  fields: {
    swagger: text(1),
    info: within(
      2,
      object(() => ({ extensions: 7, fields: { title: text(1), version: text(2) } })),
    ),
    parameters: within(10, named(1, parameter)),
    security: each(within(12, requirement)),
    securityDefinitions: within(13, named(1, securityDefinition)),
  },
}))
