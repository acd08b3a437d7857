import { toStatus } from '../../apimachinery/status-error.ts'
import type { Logger } from '../../base/logger.ts'
import type { HttpExchange, ResponseHeaders, ResponseStream } from '../../serving/exchange.ts'
import type { Answer } from '../pipeline/call.ts'
import { watchEncoder } from './encode-watch.ts'
import { lineOf } from './encode-watch.ts'
import { contentTypeOf } from './negotiate.ts'
import type { TableRequest } from './tables.ts'

/** Sends what a watch tells, line by line, until either side ends it. */
export async function streamWatch(
  exchange: HttpExchange,
  { batches, kind }: Answer & { readonly type: 'watch' },
  request: TableRequest,
  headers: ResponseHeaders,
  logger: Logger,
): Promise<void> {
  const encode = watchEncoder(kind, request)
  const contentType = `${contentTypeOf(request.output)};stream=watch`
  const stream = exchange.startStream(200, { ...headers, 'content-type': contentType })
  try {
    for await (const batch of batches) await send(stream, encode(batch))
  } catch (error) {
    const status = toStatus(error)
    // Expired versions are everyday business, anything else is not.
    if (status.code !== 410) logger.error('watch failed', { error })
    stream.write(lineOf('ERROR', status))
  }
  stream.end()
}

async function send(stream: ResponseStream, bytes: Uint8Array): Promise<void> {
  if (!stream.write(bytes)) await stream.drained()
}
