import type { Logger } from '../../base/logger.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { Handler } from '../pipeline/call.ts'
import type { Registry } from '../registry/registry.ts'
import { commonHeaders } from './respond.ts'
import type { TablePrinters } from './tables.ts'
import { callOf, outputOf, tableRequest, type ResourceInfo, type Visit } from './visit.ts'
import { messageWatch, startWatch, streamWatch } from './watch-response.ts'
import type { AcceptWatchSocket } from './watch-socket.ts'

export interface WatchFrontOptions {
  readonly handler: Handler
  readonly logger: Logger
  readonly printers: TablePrinters
  readonly registry: Registry
  /** Absent where watches are not to be had over WebSockets. */
  readonly acceptWatchSocket: AcceptWatchSocket | undefined
}

/** Answers a watch, until it ends. */
export async function answerWatch(
  visit: Visit,
  info: ResourceInfo,
  user: UserInfo,
  { handler, logger, printers, registry, acceptWatchSocket }: WatchFrontOptions,
): Promise<void> {
  const { exchange, warnings, auditId } = visit
  const output = outputOf(exchange, info, registry)
  const answer = await handler(callOf(visit, info.request, user))
  if (answer.type !== 'watch') throw new Error('a watch was answered with something else')
  const table = tableRequest(output, info, printers)
  if (exchange.upgrade?.protocols.includes('websocket') && acceptWatchSocket) {
    const socket = acceptWatchSocket(exchange)
    if (socket) await messageWatch(socket, answer, table, logger)
    return
  }
  visit.code = 200
  const stream = startWatch(exchange, output, commonHeaders(auditId, warnings))
  await streamWatch(stream, answer, table, logger)
}
