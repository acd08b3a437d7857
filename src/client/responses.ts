import { genericServerResponse } from '../apimachinery/generic-status.ts'
import { StatusError } from '../apimachinery/status-error.ts'
import type { Status } from '../apimachinery/status.ts'
import { JsonSyntaxError, parseJson } from '../schema/json.ts'
import type { HttpRequest } from './paths.ts'
import type { ApiRequest } from './request.ts'
import type { RawWatchEvent } from './transport.ts'

/** What came back, the body read. */
export interface HttpResponse {
  readonly code: number
  readonly body: Uint8Array
  /** The header of that name, in seconds. */
  readonly retryAfterSeconds?: number
}

/** The object that a response carries. Throws `StatusError` for any failure, also where a proxy on the way made it up. */
export function readResponse(
  request: ApiRequest,
  { method }: HttpRequest,
  response: HttpResponse,
): unknown {
  const { code, body, retryAfterSeconds } = response
  const ok = code >= 200 && code < 300
  const object = parse(body)
  if (ok && object !== undefined) return object
  if (isFailure(object)) throw new StatusError({ ...object, code: object.code ?? code })
  throw genericServerResponse({
    code: ok ? 500 : code,
    verb: method,
    resource: { group: request.group, resource: request.resource },
    ...(request.name !== undefined && { name: request.name }),
    serverMessage: new TextDecoder().decode(body.subarray(0, BODY_BYTES_MAX)).trim() || 'unknown',
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    isUnexpectedResponse: true,
  })
}

const BODY_BYTES_MAX = 2048 // Of an unexpected body, that go into the error.

/** The event on a line of a watch. Throws `StatusError` where the server ends the watch with an error. */
export function readWatchLine(line: Uint8Array): RawWatchEvent {
  const event = parseJson(line) as RawWatchEvent | { readonly type: 'ERROR'; object: unknown }
  if (event.type !== 'ERROR') return event
  if (isFailure(event.object)) throw new StatusError(event.object)
  throw new Error(`Cannot watch: the server sent an error that is no Status`)
}

function parse(body: Uint8Array): unknown {
  try {
    return parseJson(body)
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined
    throw error
  }
}

function isFailure(object: unknown): object is Status {
  if (typeof object !== 'object' || object === null) return false
  const { kind, status } = object as Partial<Status>
  return kind === 'Status' && status !== 'Success'
}
