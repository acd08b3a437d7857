import type { Logger } from '../../base/logger.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { Handler } from '../pipeline/call.ts'
import type { Registry } from '../registry/registry.ts'
import type { Encoding } from './negotiate.ts'
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
  /** In which answers can be given. */
  readonly encodings: readonly Encoding[]
  /** Absent where watches are not to be had over WebSockets. */
  readonly acceptWatchSocket: AcceptWatchSocket | undefined
}

// The messages of a WebSocket are texts.
const TEXT_ENCODINGS: readonly Encoding[] = ['json']

/** Answers a watch, until it ends. */
export async function answerWatch(
  visit: Visit,
  info: ResourceInfo,
  user: UserInfo,
  options: WatchFrontOptions,
): Promise<void> {
  const { handler, logger, printers, acceptWatchSocket } = options
  const { exchange, warnings, auditId } = visit
  const asksForSocket = exchange.upgrade?.protocols.includes('websocket') && acceptWatchSocket
  const encodings = asksForSocket ? TEXT_ENCODINGS : options.encodings
  const output = outputOf(exchange, info, { ...options, encodings })
  const answer = await handler(callOf(visit, info.request, user))
  if (answer.type !== 'watch') throw new Error('a watch was answered with something else')
  const table = tableRequest(output, info, printers)
  if (asksForSocket) {
    const socket = acceptWatchSocket(exchange)
    if (socket) await messageWatch(socket, answer, table, logger)
    return
  }
  visit.code = 200
  const stream = startWatch(exchange, output, commonHeaders(auditId, warnings))
  await streamWatch(stream, answer, table, logger)
  if (answer.cutOff.aborted) visit.ended = 'aborted'
}
