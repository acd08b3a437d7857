import type { Clock } from '../../base/clock.ts'
import {
  APPLY_CBOR_PATCH_TYPE,
  APPLY_YAML_PATCH_TYPE,
  JSON_PATCH_TYPE,
  MERGE_PATCH_TYPE,
  mediaTypeOf,
  STRATEGIC_MERGE_PATCH_TYPE,
} from '../../apimachinery/media-types.ts'
import {
  requestEntityTooLarge,
  timeout,
  unsupportedMediaType,
} from '../../apimachinery/status-error.ts'
import type { ApiRequest, PatchType } from '../../client/request.ts'
import { BodyTooLargeError, type HttpExchange } from '../../serving/exchange.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import { pacer, type Pause } from '../base/pace.ts'
import type { Handler } from '../pipeline/call.ts'
import { RawBody } from '../pipeline/raw-body.ts'
import type { Registry } from '../registry/registry.ts'
import { encodeAnswer } from './encode-answer.ts'
import { contentTypeOf, type Encoding } from './negotiate.ts'
import { commonHeaders, type Respond } from './respond.ts'
import { REQUEST_TIMEOUT_MS, requestTimeoutMs } from './request-timeout.ts'
import type { TablePrinters } from './tables.ts'
import {
  callOf,
  endConnection,
  outputOf,
  tableRequest,
  type ResourceInfo,
  type Visit,
} from './visit.ts'

const BODY_BYTES_MAX = 3 * 1024 * 1024

export interface WholeFrontOptions {
  readonly clock: Clock
  readonly handler: Handler
  readonly printers: TablePrinters
  readonly registry: Registry
  /** In which answers can be given. */
  readonly encodings: readonly Encoding[]
  readonly pause?: Pause | undefined
  /** How long a request may take at most, in milliseconds. */
  readonly requestTimeoutLimitMs?: number | undefined
  /** Sends an answer, compressed perhaps. */
  readonly respond?: Respond | undefined
}

/** Answers a request that is answered at once. */
export async function answerWhole(
  visit: Visit,
  info: ResourceInfo,
  user: UserInfo,
  options: WholeFrontOptions,
): Promise<void> {
  const { handler, clock, printers, pause, respond = plainly, requestTimeoutLimitMs } = options
  const { exchange, warnings, auditId } = visit
  const output = outputOf(exchange, info, options)
  const timeoutMs = requestTimeoutMs(exchange.query, requestTimeoutLimitMs)
  const isReading = isRead(info.request)
  const answering = isReading
    ? handler(callOf(visit, info.request, user))
    : withBody(exchange, info.request, options.encodings).then((request) =>
        handler(callOf(visit, request, user)),
      )
  // Reads are answered out of memory: a timer would cost more than it saves.
  const isQuick = isReading && timeoutMs === (requestTimeoutLimitMs ?? REQUEST_TIMEOUT_MS)
  const answer = await (isQuick ? answering : inTime(clock, timeoutMs, answering, visit))
  if (answer.type === 'watch') throw new Error('a request was answered with a watch')
  const table = tableRequest(output, info, printers)
  const { code, body } = await encodeAnswer(answer, table, pacer(clock, pause))
  const headers = commonHeaders(auditId, warnings)
  visit.code = code
  headers['content-type'] = contentTypeOf(output)
  const sending = respond(exchange, code, headers, body)
  if (sending) await sending
}

const plainly: Respond = (exchange, ...rest) => exchange.respond(...rest)

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  [JSON_PATCH_TYPE]: 'json',
  [MERGE_PATCH_TYPE]: 'merge',
  [STRATEGIC_MERGE_PATCH_TYPE]: 'strategic',
  [APPLY_YAML_PATCH_TYPE]: 'apply',
}
const CBOR_PATCH_TYPES: typeof PATCH_TYPES = { ...PATCH_TYPES, [APPLY_CBOR_PATCH_TYPE]: 'apply' }

async function withBody(
  exchange: HttpExchange,
  request: ApiRequest,
  encodings: readonly Encoding[],
): Promise<ApiRequest> {
  const bytes = await bodyOf(exchange)
  const contentType = exchange.headers['content-type'] as string | undefined
  if (request.verb === 'patch') {
    const types = encodings.includes('cbor') ? CBOR_PATCH_TYPES : PATCH_TYPES
    const patchType = types[mediaTypeOf(contentType)]
    if (!patchType) throw unsupportedMediaType(Object.keys(types))
    return { ...request, patchType, body: new RawBody(bytes, contentType) }
  }
  // The options of a deletion may stand in the query instead.
  const isDelete = request.verb === 'delete' || request.verb === 'deletecollection'
  if (isDelete && bytes.length === 0) return request
  return { ...request, body: new RawBody(bytes, contentType, encodings.includes('cbor')) }
}

async function bodyOf(exchange: HttpExchange): Promise<Uint8Array> {
  try {
    return await exchange.body(BODY_BYTES_MAX)
  } catch (error) {
    if (error instanceof BodyTooLargeError) throw requestEntityTooLarge(error.message)
    throw error
  }
}

// Reads are answered out of memory, and wait by limits of their own.
function isRead({ verb }: ApiRequest): boolean {
  return verb === 'get' || verb === 'list'
}

/** The answer, unless it takes too long. What was begun may be completed all the same. */
async function inTime<T>(
  clock: Clock,
  ms: number,
  answering: Promise<T>,
  visit: Visit,
): Promise<T> {
  const late = Promise.withResolvers<never>()
  using _ = clock.after(ms, () => {
    visit.ended = 'terminated'
    endConnection(visit.exchange) // What is left of the body is in the way of a next request.
    late.reject(
      timeout('request did not complete within requested timeout - context deadline exceeded'),
    )
  })
  return await Promise.race([answering, late.promise])
}
