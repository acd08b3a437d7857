import type { HttpExchange, ResponseStream } from '../../serving/exchange.ts'

/**
 * Answers a request for a WebSocket on which the server alone speaks: each write is one text message. Undefined where
 * the request has been refused.
 */
export type AcceptWatchSocket = (exchange: HttpExchange) => ResponseStream | undefined
