import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import { otlpRequest, type FinishedSpan } from './tracing.ts'

const BATCH_SPANS = 512
const WAITING_SPANS_MAX = 2048
const DELAY_MS = 5000

export interface SpanExporterOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly service: string
  /** Sends the body of an OTLP request, JSON. */
  readonly send: (body: object) => Promise<void>
}

/** Collects spans and sends them in batches. What cannot be sent is lost: tracing must not hold anything up. */
export interface SpanExporter extends AsyncDisposable {
  add(span: FinishedSpan): void
  /** Sends what there is, now. */
  flush(): Promise<void>
}

export function createSpanExporter(options: SpanExporterOptions): SpanExporter {
  const { clock, logger, service, send } = options
  let waiting: FinishedSpan[] = []
  let dropped = 0
  let timer: Disposable | undefined
  let sending = Promise.resolve()

  const sendWaiting = async (): Promise<void> => {
    if (waiting.length === 0) return
    const spans = waiting
    const lost = dropped
    waiting = []
    dropped = 0
    if (lost > 0) logger.warn('spans were dropped', { spans: lost })
    try {
      await send(otlpRequest(service, spans))
    } catch (error) {
      logger.warn('Cannot export spans', { spans: spans.length, error })
    }
  }
  const flush = (): Promise<void> => {
    timer?.[Symbol.dispose]()
    timer = undefined
    sending = sending.then(sendWaiting)
    return sending
  }
  return {
    add(span) {
      if (waiting.length >= WAITING_SPANS_MAX) {
        dropped += 1
        return
      }
      waiting.push(span)
      if (waiting.length === BATCH_SPANS) void flush()
      else timer ??= clock.after(DELAY_MS, () => void flush())
    },
    flush,
    [Symbol.asyncDispose]: flush,
  }
}
