import { messageSchema, type BodySchema } from '../../apimachinery/body-schema.ts'
import { decodeBody, decodeObject } from '../../apimachinery/codec.ts'
import { DeleteOptions } from '../../api/meta/v1/options.ts'
import { readBody as readRawBody } from '../../apimachinery/body.ts'
import type { MessageClass } from '../../schema/message.ts'
import { parseApiVersion, type GroupVersionKind } from '../../apimachinery/gvk.ts'
import { cannotHandle } from '../../apimachinery/body-errors.ts'
import { apiVersionOf } from '../../schema/resource.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { withAllDefaults } from '../registry/decode-object.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { Call } from './call.ts'
import { RawBody } from './raw-body.ts'

/** What a call brings, by a schema. Throws `BadRequest`; unknown fields warn or fail as the client asked. */
export function readBody(schema: BodySchema, { request, warn, audit }: Call): Json {
  const { body, options } = request
  const mode = options?.fieldValidation ?? 'Warn'
  const { object, warnings } =
    body instanceof RawBody
      ? decodeBody(schema, body, mode)
      : decodeObject(schema, ofKind(schema, body), mode)
  for (const warning of warnings) warn(warning)
  audit?.requestObject(object)
  return object
}

type Json = Readonly<Record<string, unknown>>

// A caller in the same process may leave out what the request says already, but must not say otherwise.
function ofKind({ kind: expected }: BodySchema, body: unknown): Json {
  const value = (body ?? {}) as Json
  const { kind = expected.kind, apiVersion = apiVersionOf(expected) } = value
  if (kind === expected.kind && apiVersion === apiVersionOf(expected)) return value
  const said = { ...parseApiVersion(String(apiVersion)), kind: String(kind) }
  const problem = `no kind ${JSON.stringify(said.kind)} is expected here`
  throw cannotHandle(said, expected, problem)
}

/** As `readBody()`, for a message that is not served as a resource of its own. */
export function readMessage<T>(
  message: MessageClass & { new (): T },
  kind: GroupVersionKind,
  call: Call,
): T {
  return readBody(messageSchema(message, kind), call) as T
}

const DELETE_OPTIONS = messageSchema(DeleteOptions, {
  group: '',
  version: 'v1',
  kind: 'DeleteOptions',
})

/** The options that a deletion brings. Clients write them in the version of whatever they delete. */
export function readDeleteOptions(call: Call): DeleteOptions {
  const { body } = call.request
  const sent =
    body instanceof RawBody ? readRawBody(DELETE_OPTIONS, body, false).value : (body as Json)
  const { kind } = sent
  const isOptions = kind === undefined || kind === '' || kind === 'DeleteOptions'
  const options = isOptions ? { ...sent, apiVersion: 'v1', kind: 'DeleteOptions' } : sent
  return readBody(DELETE_OPTIONS, { ...call, request: { ...call.request, body: options } })
}

/** The object that a call brings, with its defaults, in the version of the request. */
export function readObject(kind: ServedKind, call: Call): ApiObject {
  const decoded = readBody(kind.schema, call) as unknown as ApiObject
  return withAllDefaults(kind.type, kind.strategy, decoded)
}
