import { badRequest } from '../../apimachinery/status-error.ts'
import type { Strategy } from '../../api/strategy.ts'
import { decode, DecodeError } from '../../schema/decode.ts'
import { withDefaults } from '../../schema/defaults.ts'
import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'
import type { ApiObject } from './api-object.ts'

/** Checks a parsed object and fills in its defaults, as is done to all that comes from a client or from the store. */
export function completer(
  type: ResourceClass<ApiObject>,
  { applyDefaults }: Strategy<ApiObject>,
): (value: unknown, unknownFields?: string[]) => ApiObject {
  return (value, unknownFields = []) => {
    const decoded = decode(type, value, { unknownFields }) as unknown as ApiObject
    const filled = withDefaults(type, decoded)
    return applyDefaults ? applyDefaults(filled) : filled
  }
}

/** What a client sent as an object of a kind. Throws `BadRequest` where it is none. */
export function decodeObject(
  type: ResourceClass<ApiObject>,
  strategy: Strategy<ApiObject>,
  body: unknown,
  unknownFields: string[],
): ApiObject {
  const { kind, version } = type.resource
  const value = typed(type, body)
  try {
    return completer(type, strategy)(value, unknownFields)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const text = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${error.message}`
    throw badRequest(text, { cause: error })
  }
}

// A client may leave out what the path says already.
function typed({ resource }: ResourceClass<ApiObject>, body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const expected = { apiVersion: apiVersionOf(resource), kind: resource.kind }
  const { apiVersion, kind } = body as Partial<ApiObject>
  if (apiVersion === expected.apiVersion && kind === expected.kind) return withMeta(body)
  if (kind && kind !== expected.kind) {
    throw badRequest(
      `${kind} in version ${JSON.stringify(lastOf(apiVersion))} cannot be handled as a ${expected.kind}: no kind "${kind}" is registered for the internal version of group "${resource.group}"`,
    )
  }
  if (apiVersion && apiVersion !== expected.apiVersion) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected.apiVersion})`,
    )
  }
  return withMeta({ ...body, ...expected })
}

function withMeta(body: object): object {
  return (body as Partial<ApiObject>).metadata ? body : { ...body, metadata: {} }
}

function lastOf(apiVersion = ''): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1)
}
