import { toStatus } from '../../apimachinery/status-error.ts'
import type { Logger } from '../../base/logger.ts'
import type { HttpExchange, ResponseHeaders, ResponseStream } from '../../serving/exchange.ts'
import { join } from '../base/bytes.ts'
import type { Answer } from '../pipeline/call.ts'
import { Batch } from '../watch-cache/batch.ts'
import { errorEvent, watchEncoder } from './encode-watch.ts'
import { watchTypeOf, type Output } from './negotiate.ts'
import type { TableRequest } from './tables.ts'

type WatchAnswer = Answer & { readonly type: 'watch' }

/** Starts the response of a watch over plain HTTP. */
export function startWatch(
  exchange: HttpExchange,
  output: Output,
  headers: ResponseHeaders,
): ResponseStream {
  return exchange.startStream(200, { ...headers, 'content-type': watchTypeOf(output) })
}

/** Sends what a watch tells, event by event, until either side ends it. */
export async function streamWatch(
  stream: ResponseStream,
  { batches, cutOff, kind }: WatchAnswer,
  request: TableRequest,
  logger: Logger,
): Promise<void> {
  const encode = watchEncoder(kind, request)
  endWhen(cutOff, stream)
  await sendAll(stream, batches, (batch) => send(stream, encode(batch)), { ...request, logger })
}

/** The same over a WebSocket, where each event is a message. */
export async function messageWatch(
  stream: ResponseStream,
  { batches, cutOff, kind }: WatchAnswer,
  request: TableRequest,
  logger: Logger,
): Promise<void> {
  const encode = watchEncoder(kind, request)
  const sendEach = async ({ items }: Batch): Promise<void> => {
    for (const item of items) await send(stream, [join(encode(new Batch([item])))])
  }
  endWhen(cutOff, stream)
  await sendAll(stream, batches, sendEach, { ...request, logger })
}

// A client that does not read would be waited for in vain.
function endWhen(cutOff: AbortSignal, stream: ResponseStream): void {
  cutOff.addEventListener('abort', () => stream.destroy(), { once: true })
}

async function sendAll(
  stream: ResponseStream,
  batches: AsyncIterable<Batch>,
  sendBatch: (batch: Batch) => Promise<void>,
  { logger, output }: { readonly logger: Logger; readonly output: Output },
): Promise<void> {
  try {
    for await (const batch of batches) await sendBatch(batch)
  } catch (error) {
    const status = toStatus(error)
    // Expired versions are everyday business, anything else is not.
    if (status.code !== 410) logger.error('watch failed', { error })
    stream.write(errorEvent(status, output))
  }
  stream.end()
}

async function send(stream: ResponseStream, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) if (!stream.write(piece)) await stream.drained()
}
