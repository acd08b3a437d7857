import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import {
  findStatusError,
  methodNotSupported,
  unauthorized,
} from '../../apimachinery/status-error.ts'
import { ClientGoneError, type HttpExchange } from '../../serving/exchange.ts'
import type { ExternalVersion } from '../aggregator/external-versions.ts'
import { serveExternal } from '../aggregator/serve-external.ts'
import { auditedExchange, refusalOf } from '../audit/audited-exchange.ts'
import type { Auditor } from '../audit/auditor.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import {
  impersonate,
  type ImpersonationOptions,
} from '../authentication/impersonation/impersonate.ts'
import { wantedUser } from '../authentication/impersonation/wanted-user.ts'
import type { AuthorizationAttributes, Authorizer } from '../authorization/authorizer.ts'
import { connect, isConnect, type ConnectOptions } from '../connect/connect.ts'
import { attributesOf, authorize } from '../pipeline/authorize.ts'
import type { ApiRequest } from '../../client/request.ts'
import type { ServerMetrics } from '../metrics/server-metrics.ts'
import type { Registry } from '../registry/registry.ts'
import { methodNotAllowed, NoSuchPathError } from '../pipeline/dispatch.ts'
import { answerWatch, type WatchFrontOptions } from './answer-watch.ts'
import { answerWhole, type WholeFrontOptions } from './answer-whole.ts'
import { auditIds } from './audit-ids.ts'
import type { HttpAuthenticator } from './authenticate.ts'
import type { Gate, Leave } from './gate.ts'
import { requestInfo, type RequestInfo } from './request-info.ts'
import { pastPath } from '../history/past-path.ts'
import { isLongRunning } from './long-running.ts'
import { isMutating, labelsOf } from './request-metrics.ts'
import { commonHeaders, respondError } from './respond.ts'
import { shuttingDown, type RunningRequests } from './running-requests.ts'
import type { PathHandler } from './router.ts'
import { endConnection, type Visit } from './visit.ts'

export interface HttpFrontOptions extends WatchFrontOptions, WholeFrontOptions {
  readonly random: Random
  /** Records requests; without it, nothing of auditing is on their way. */
  readonly audit?: Auditor | undefined
  readonly authenticate: HttpAuthenticator
  /** Whether nobody needs to say who they are to ask for a path, as it was sent. */
  readonly allowsAnonymous: (path: string) => boolean
  readonly authorizers: readonly Authorizer[]
  readonly impersonation: ImpersonationOptions
  readonly route: (path: string) => PathHandler | undefined
  readonly connect: Omit<ConnectOptions, 'audit'>
  readonly metrics: ServerMetrics | undefined
  /** Lets requests in, when there is room. */
  readonly gate: Gate
  readonly running: RunningRequests
}

/** Paths that say how the server is, also while it stops. */
const PROBES = /^\/(?:healthz|livez|readyz)(?:\/|$)|^\/version\/?$/

/** Answers HTTP requests with the pipeline. Never throws: whatever happens, the client gets a Status. */
export function httpFront(options: HttpFrontOptions): (exchange: HttpExchange) => Promise<void> {
  const { running } = options
  const nextId = auditIds(options.random)
  return async (exchange) => {
    const auditId = auditIdOf(exchange) ?? nextId()
    const visit: Visit = { ...NEW_VISIT, exchange, auditId, warnings: [] }
    running.begin()
    try {
      await measured(visit, options)
    } catch (error) {
      // What cannot even be read is not counted.
      fail(visit, error, options)
    } finally {
      visit.audit?.complete(exchange.status || visit.code)
      running.end()
    }
  }
}

const NEW_VISIT = {
  code: 0,
  leave: undefined,
  listed: undefined,
  audit: undefined,
  waitMs: 0,
  ended: undefined,
} as const

function auditIdOf({ headers }: HttpExchange): string | undefined {
  const given = headers['audit-id']
  return typeof given === 'string' && given !== '' ? given : undefined
}

function fail(visit: Visit, error: unknown, { logger, encodings }: HttpFrontOptions): void {
  const { exchange, auditId, warnings } = visit
  if (error instanceof ClientGoneError || exchange.signal.aborted) return
  const { method, path } = exchange
  if (!findStatusError(error)) logger.error('request failed', { method, path, auditId, error })
  const status = respondError(exchange, error, commonHeaders(auditId, warnings), encodings)
  visit.audit?.failed(status)
}

async function measured(visit: Visit, options: HttpFrontOptions): Promise<void> {
  const { exchange } = visit
  const info = infoOf(exchange)
  const { metrics, clock } = options
  if (!metrics) return answer(visit, info, options)
  const isStream = isLongRunning(info)
  const kind = isStream ? 'stream' : isMutating(exchange.method) ? 'mutating' : 'readOnly'
  const labels = labelsOf(info, isStream && !isWatch(info))
  const end = metrics.requests.begin(labels, kind)
  const startMs = clock.monotonic()
  if (isWatchList(info))
    visit.listed = () => metrics.requests.watchListed(labels, (clock.monotonic() - startMs) / 1000)
  try {
    await answer(visit, info, options)
  } catch (error) {
    fail(visit, error, options)
  } finally {
    end({
      code: exchange.status || visit.code,
      seconds: (clock.monotonic() - startMs) / 1000,
      waitSeconds: visit.waitMs / 1000,
      ended: visit.ended,
      bodyBytes: exchange.bodyBytes,
      dryRun: info.type === 'resource' && info.request.options?.dryRun !== undefined,
    })
  }
}

function infoOf({ method, path, query }: HttpExchange): RequestInfo {
  const past = pastPath(path)
  if (!past) return requestInfo(method, path, query)
  const info = requestInfo(method, past.path, query)
  if (info.type === 'nonResource') return info
  const request = { ...info.request, at: past.at }
  const { verb, group, resource } = request
  if (isConnect(request)) throw methodNotSupported({ group, resource }, verb)
  return { ...info, request }
}

function isWatch(info: RequestInfo): boolean {
  return info.type === 'resource' && info.request.verb === 'watch'
}

function isWatchList(info: RequestInfo): boolean {
  return (
    isWatch(info) && info.type === 'resource' && info.request.options?.sendInitialEvents === true
  )
}

async function answer(visit: Visit, info: RequestInfo, options: HttpFrontOptions): Promise<void> {
  const { exchange } = visit
  const { running } = options
  if (running.isClosed && !isProbe(info)) {
    endConnection(exchange)
    throw shuttingDown()
  }
  const user = await userOf(visit, info, options)
  const entering = enter(visit, info, user, options)
  const leave = entering instanceof Promise ? await entering : entering
  visit.leave = leave
  try {
    const external = options.registry.external.findPath(exchange.path)
    if (external) await answerExternal(visit, info, external, user, options)
    else if (info.type === 'nonResource') await answerPath(visit, info, user, options)
    else if (isConnect(info.request))
      await connect(exchange, info, user, { ...options.connect, audit: visit.audit })
    else if (isUnservedHead(exchange, info.request, options.registry))
      await refuseMethod(visit, info, user, options)
    else if (info.request.verb === 'watch') await answerWatch(visit, info, user, options)
    else await answerWhole(visit, info, user, options)
  } finally {
    leave()
  }
}

function enter(
  visit: Visit,
  info: RequestInfo,
  user: UserInfo,
  { gate, clock }: HttpFrontOptions,
): Leave | Promise<Leave> {
  const { exchange } = visit
  const startMs = clock.monotonic()
  try {
    const entering = gate(exchange, info, user)
    return entering instanceof Promise ? waited(visit, entering, startMs, clock) : entering
  } catch (error) {
    turnAway(visit)
    throw error
  }
}

async function waited(
  visit: Visit,
  entering: Promise<Leave>,
  startMs: number,
  clock: Clock,
): Promise<Leave> {
  try {
    return await entering
  } catch (error) {
    turnAway(visit)
    throw error
  } finally {
    visit.waitMs = clock.monotonic() - startMs
  }
}

function turnAway(visit: Visit): void {
  if (!visit.exchange.signal.aborted) visit.ended = 'terminated'
}

/** Whether somebody asks how the server is, which it says to its end. */
function isProbe(info: RequestInfo): boolean {
  return info.type === 'nonResource' && PROBES.test(info.path)
}

async function userOf(
  visit: Visit,
  info: RequestInfo,
  options: HttpFrontOptions,
): Promise<UserInfo> {
  const { exchange, auditId } = visit
  const { audit, impersonation } = options
  const { user, annotations = {} } = await authenticated(visit, info, options)
  visit.audit = audit?.begin(attributesOfInfo(info, user), () => auditedExchange(exchange, auditId))
  for (const [key, value] of Object.entries(annotations)) visit.audit?.annotate(key, value)
  const wanted = wantedUser(exchange)
  if (!wanted) return user
  const other = await impersonate(wanted, attributesOfInfo(info, user), impersonation)
  visit.audit?.impersonated(other)
  return other
}

async function authenticated(
  { exchange, auditId, warnings }: Visit,
  info: RequestInfo,
  { audit, authenticate, allowsAnonymous }: HttpFrontOptions,
): ReturnType<HttpAuthenticator> {
  try {
    const found = await authenticate(exchange)
    if (found.anonymous && !allowsAnonymous(exchange.path)) throw unauthorized('Unauthorized')
    warnings.push(...(found.warnings ?? []))
    return found
  } catch (error) {
    const details = auditedExchange(exchange, auditId)
    audit?.refused(attributesOfInfo(info, NOBODY), details, refusalOf(exchange, error))
    throw error
  }
}

const NOBODY: UserInfo = { name: '', groups: [] }

function attributesOfInfo(info: RequestInfo, user: UserInfo): AuthorizationAttributes {
  if (info.type === 'resource') return attributesOf(info.request, user)
  return { type: 'nonResource', user, verb: info.verb, path: info.path }
}

async function answerExternal(
  { exchange, audit }: Visit,
  info: RequestInfo,
  external: ExternalVersion,
  user: UserInfo,
  options: HttpFrontOptions,
): Promise<void> {
  await authorize(options.authorizers, attributesOfInfo(info, user), audit)
  const { backends } = options.connect
  await serveExternal(exchange, external, user, isLongRunning(info), { ...options, backends })
}

/** HEAD asks for what GET does, but only custom resources answer it, as upstream's: other routes are for one method each. */
function isUnservedHead(
  { method }: HttpExchange,
  { group, version, resource }: ApiRequest,
  registry: Registry,
): boolean {
  return method === 'HEAD' && registry.find(group, version, resource)?.schema.message !== undefined
}

async function refuseMethod(
  { audit }: Visit,
  info: RequestInfo,
  user: UserInfo,
  { authorizers }: HttpFrontOptions,
): Promise<never> {
  await authorize(authorizers, attributesOfInfo(info, user), audit)
  throw methodNotAllowed()
}

/** Whether a path is a resource's, whatever the method is that nobody knows. */
function isOfResource(path: string, registry: Registry): boolean {
  const info = requestInfo('GET', path, '')
  if (info.type === 'nonResource') return false
  const { group, version, resource } = info.request
  return registry.find(group, version, resource) !== undefined
}

async function answerPath(
  visit: Visit,
  { verb, path }: RequestInfo & { type: 'nonResource' },
  user: UserInfo,
  { authorizers, route, registry }: HttpFrontOptions,
): Promise<void> {
  await authorize(authorizers, { type: 'nonResource', user, verb, path }, visit.audit)
  const handler = route(path)
  if (!handler) throw isOfResource(path, registry) ? methodNotAllowed() : new NoSuchPathError()
  visit.exchange.setHeader('audit-id', visit.auditId)
  await handler(visit.exchange, { user, path })
}
