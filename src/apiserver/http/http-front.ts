import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import {
  findStatusError,
  requestEntityTooLarge,
  timeout,
  unauthorized,
} from '../../apimachinery/status-error.ts'
import {
  APPLY_YAML_PATCH_TYPE,
  JSON_PATCH_TYPE,
  MERGE_PATCH_TYPE,
  mediaTypeOf,
  STRATEGIC_MERGE_PATCH_TYPE,
} from '../../apimachinery/media-types.ts'
import { unsupportedMediaType } from '../../apimachinery/status-error.ts'
import type { ApiRequest, PatchType } from '../../client/request.ts'
import { BodyTooLargeError, ClientGoneError, type HttpExchange } from '../../serving/exchange.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import { authorize } from '../pipeline/authorize.ts'
import { connect, isConnect, type ConnectOptions } from '../connect/connect.ts'
import type { Handler } from '../pipeline/call.ts'
import { noSuchResource } from '../pipeline/dispatch.ts'
import { RawBody } from '../pipeline/raw-body.ts'
import { auditIds } from './audit-ids.ts'
import type { HttpAuthenticator } from './authenticate.ts'
import { encodeAnswer } from './encode-answer.ts'
import { impersonate } from './impersonate.ts'
import { inFlightLimit } from './in-flight.ts'
import { contentTypeOf, negotiate, type Output } from './negotiate.ts'
import type { HttpOptions } from './query.ts'
import { requestInfo, type RequestInfo } from './request-info.ts'
import { commonHeaders, respondError } from './respond.ts'
import type { PathHandler } from './router.ts'
import type { TablePrinters } from './tables.ts'
import { messageWatch, startWatch, streamWatch } from './watch-response.ts'
import type { AcceptWatchSocket } from './watch-socket.ts'

const BODY_BYTES_MAX = 3 * 1024 * 1024
const REQUEST_TIMEOUT_MS = 60_000

export interface HttpFrontOptions {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly handler: Handler
  readonly authenticate: HttpAuthenticator
  readonly authorizers: readonly Authorizer[]
  readonly route: (path: string) => PathHandler | undefined
  readonly printers: TablePrinters
  readonly connect: ConnectOptions
  /** Absent where watches are not to be had over WebSockets. */
  readonly acceptWatchSocket: AcceptWatchSocket | undefined
}

/** Paths that anybody may see, since what watches over the server has no account there. */
const PUBLIC_PATHS = /^\/(?:healthz|livez|readyz)(?:\/|$)|^\/version\/?$/

/** One HTTP request on its way. */
interface Visit {
  readonly exchange: HttpExchange
  readonly auditId: string
  readonly warnings: string[]
}

/** Answers HTTP requests with the pipeline. Never throws: whatever happens, the client gets a Status. */
export function httpFront(options: HttpFrontOptions): (exchange: HttpExchange) => Promise<void> {
  const enter = inFlightLimit()
  const nextId = auditIds(options.random)
  return async (exchange) => {
    const auditId = auditIdOf(exchange) ?? nextId()
    const visit: Visit = { exchange, auditId, warnings: [] }
    try {
      await answer(visit, options, enter)
    } catch (error) {
      fail(visit, error, options)
    }
  }
}

function auditIdOf({ headers }: HttpExchange): string | undefined {
  const given = headers['audit-id']
  return typeof given === 'string' && given !== '' ? given : undefined
}

function fail(visit: Visit, error: unknown, { logger }: HttpFrontOptions): void {
  const { exchange, auditId, warnings } = visit
  if (error instanceof ClientGoneError || exchange.signal.aborted) return
  const { method, path } = exchange
  if (!findStatusError(error)) logger.error('request failed', { method, path, auditId, error })
  respondError(exchange, error, commonHeaders(auditId, warnings))
}

async function answer(
  visit: Visit,
  options: HttpFrontOptions,
  enter: (method: string) => () => void,
): Promise<void> {
  const { exchange } = visit
  const info = requestInfo(exchange.method, exchange.path, exchange.query)
  const user = await userOf(visit, info, options)
  if (info.type === 'nonResource') return answerPath(visit, info, user, options)
  if (isConnect(info.request)) return connect(exchange, info, user, options.connect)
  if (info.request.verb === 'watch') return answerWatch(visit, info, user, options)
  const leave = enter(exchange.method)
  try {
    await answerWhole(visit, info, user, options)
  } finally {
    leave()
  }
}

async function userOf(
  { exchange }: Visit,
  info: RequestInfo,
  { authenticate, authorizers }: HttpFrontOptions,
): Promise<UserInfo> {
  const { user, anonymous } = await authenticate(exchange)
  const isPublic = info.type === 'nonResource' && PUBLIC_PATHS.test(info.path)
  if (anonymous && !isPublic) throw unauthorized('Unauthorized')
  return impersonate(user, exchange.headers, authorizers)
}

async function answerPath(
  visit: Visit,
  { verb, path }: RequestInfo & { type: 'nonResource' },
  user: UserInfo,
  { authorizers, route }: HttpFrontOptions,
): Promise<void> {
  await authorize(authorizers, { type: 'nonResource', user, verb, path })
  const handler = route(path)
  if (!handler) throw noSuchResource()
  await handler(visit.exchange, { user })
}

type ResourceInfo = RequestInfo & { readonly type: 'resource' }

async function answerWatch(
  visit: Visit,
  info: ResourceInfo,
  user: UserInfo,
  options: HttpFrontOptions,
): Promise<void> {
  const { exchange, warnings, auditId } = visit
  const output = outputOf(exchange, info.request.options)
  const answer = await options.handler(callOf(visit, info.request, user))
  if (answer.type !== 'watch') throw new Error('a watch was answered with something else')
  const table = tableRequest(output, info, options)
  if (exchange.upgrade?.protocols.includes('websocket') && options.acceptWatchSocket) {
    const socket = options.acceptWatchSocket(exchange)
    if (socket) await messageWatch(socket, answer, table, options.logger)
    return
  }
  const stream = startWatch(exchange, output, commonHeaders(auditId, warnings))
  await streamWatch(stream, answer, table, options.logger)
}

async function answerWhole(
  visit: Visit,
  info: ResourceInfo,
  user: UserInfo,
  options: HttpFrontOptions,
): Promise<void> {
  const { exchange, warnings, auditId } = visit
  const output = outputOf(exchange, info.request.options)
  const request = await withBody(exchange, info.request)
  const answering = options.handler(callOf(visit, request, user))
  const answer = await (isRead(request) ? answering : inTime(options.clock, answering))
  if (answer.type === 'watch') throw new Error('a request was answered with a watch')
  const { code, body } = encodeAnswer(answer, tableRequest(output, info, options))
  const headers = commonHeaders(auditId, warnings)
  exchange.respond(code, { ...headers, 'content-type': contentTypeOf(output) }, body)
}

function callOf(
  { exchange, warnings }: Visit,
  request: ApiRequest,
  user: UserInfo,
): Parameters<Handler>[0] {
  return {
    request,
    user,
    // Most calls need neither, and both cost something to make.
    get signal() {
      return exchange.signal
    },
    get userAgent() {
      return String(exchange.headers['user-agent'] ?? '')
    },
    warn: (text) => void warnings.push(text),
  }
}

const PEOPLE = /^(?:curl|Wget|Mozilla\/5\.0)/

function outputOf({ headers }: HttpExchange, options: HttpOptions = {}): Output {
  const accept = headers['accept']
  const output = negotiate(typeof accept === 'string' ? accept : undefined)
  const pretty = options.pretty ?? PEOPLE.test(String(headers['user-agent'] ?? ''))
  return pretty === output.pretty ? output : { ...output, pretty: pretty || output.pretty }
}

function tableRequest(
  output: Output,
  { request }: ResourceInfo,
  { printers }: HttpFrontOptions,
): Parameters<typeof encodeAnswer>[1] {
  return { output, includeObject: request.options?.includeObject, printers }
}

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  [JSON_PATCH_TYPE]: 'json',
  [MERGE_PATCH_TYPE]: 'merge',
  [STRATEGIC_MERGE_PATCH_TYPE]: 'strategic',
  [APPLY_YAML_PATCH_TYPE]: 'apply',
}

async function withBody(exchange: HttpExchange, request: ApiRequest): Promise<ApiRequest> {
  if (isRead(request)) return request
  const bytes = await bodyOf(exchange)
  const contentType = exchange.headers['content-type'] as string | undefined
  if (request.verb === 'patch') {
    const patchType = PATCH_TYPES[mediaTypeOf(contentType)]
    if (!patchType) throw unsupportedMediaType(Object.keys(PATCH_TYPES))
    return { ...request, patchType, body: new RawBody(bytes, contentType) }
  }
  // The options of a deletion may stand in the query instead.
  const isDelete = request.verb === 'delete' || request.verb === 'deletecollection'
  if (isDelete && bytes.length === 0) return request
  return { ...request, body: new RawBody(bytes, contentType) }
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
async function inTime<T>(clock: Clock, answering: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  using _ = clock.after(REQUEST_TIMEOUT_MS, () => {
    late.reject(
      timeout('request did not complete within requested timeout - context deadline exceeded'),
    )
  })
  return await Promise.race([answering, late.promise])
}
