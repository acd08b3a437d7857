import type { Random } from '../../base/random.ts'
import { findStatusError, toStatus, unauthorized } from '../../apimachinery/status-error.ts'
import { ClientGoneError, type HttpExchange } from '../../serving/exchange.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import { connect, isConnect, type ConnectOptions } from '../connect/connect.ts'
import { authorize } from '../pipeline/authorize.ts'
import { noSuchResource } from '../pipeline/dispatch.ts'
import { answerWatch, type WatchFrontOptions } from './answer-watch.ts'
import { answerWhole, type WholeFrontOptions } from './answer-whole.ts'
import { auditIds } from './audit-ids.ts'
import type { HttpAuthenticator } from './authenticate.ts'
import { impersonate } from './impersonate.ts'
import { inFlightLimit } from './in-flight.ts'
import { requestInfo, type RequestInfo } from './request-info.ts'
import { labelsOf, type RequestMetrics } from './request-metrics.ts'
import { commonHeaders, respondError } from './respond.ts'
import type { PathHandler } from './router.ts'
import type { Visit } from './visit.ts'

export interface HttpFrontOptions extends WatchFrontOptions, WholeFrontOptions {
  readonly random: Random
  readonly authenticate: HttpAuthenticator
  readonly authorizers: readonly Authorizer[]
  readonly route: (path: string) => PathHandler | undefined
  readonly connect: ConnectOptions
  readonly metrics: RequestMetrics | undefined
}

/** Paths that anybody may see, since what watches over the server has no account there. */
const PUBLIC_PATHS = /^\/(?:healthz|livez|readyz)(?:\/|$)|^\/version\/?$/

/** Answers HTTP requests with the pipeline. Never throws: whatever happens, the client gets a Status. */
export function httpFront(options: HttpFrontOptions): (exchange: HttpExchange) => Promise<void> {
  const enter = inFlightLimit()
  const nextId = auditIds(options.random)
  return async (exchange) => {
    const auditId = auditIdOf(exchange) ?? nextId()
    const visit: Visit = { exchange, auditId, warnings: [], code: 0 }
    try {
      await measured(visit, options, enter)
    } catch (error) {
      fail(visit, error, options)
    }
  }
}

function auditIdOf({ headers }: HttpExchange): string | undefined {
  const given = headers['audit-id']
  return typeof given === 'string' && given !== '' ? given : undefined
}

function fail(visit: Visit, error: unknown, { logger, encodings }: HttpFrontOptions): void {
  const { exchange, auditId, warnings } = visit
  if (error instanceof ClientGoneError || exchange.signal.aborted) return
  const { method, path } = exchange
  if (!findStatusError(error)) logger.error('request failed', { method, path, auditId, error })
  respondError(exchange, error, commonHeaders(auditId, warnings), encodings)
}

async function measured(
  visit: Visit,
  options: HttpFrontOptions,
  enter: (method: string) => () => void,
): Promise<void> {
  const { method, path, query } = visit.exchange
  const info = requestInfo(method, path, query)
  const { metrics, clock } = options
  if (!metrics) return answer(visit, info, options, enter)
  const opens = info.type === 'resource' && isConnect(info.request)
  const labels = labelsOf(info, opens)
  const isStream = opens || labels.verb === 'WATCH'
  const ended = isStream ? metrics.streaming(labels) : undefined
  const startMs = clock.monotonic()
  try {
    await answer(visit, info, options, enter)
  } catch (error) {
    visit.code = toStatus(error).code
    throw error
  } finally {
    ended?.()
    if (!isStream || visit.code >= 400) {
      metrics.answered(labels, visit.code || 200, (clock.monotonic() - startMs) / 1000)
    }
  }
}

async function answer(
  visit: Visit,
  info: RequestInfo,
  options: HttpFrontOptions,
  enter: (method: string) => () => void,
): Promise<void> {
  const { exchange } = visit
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
