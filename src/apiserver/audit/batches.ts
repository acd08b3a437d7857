import { sleep, type Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { AuditBackend, AuditEvent } from './audit-event.ts'

export interface BatchOptions {
  /** How many events may wait; more are lost. */
  readonly bufferMax: number
  readonly batchMax: number
  /** How long an event waits at most until its batch is sent, in milliseconds. */
  readonly waitMsMax: number
  /** How long to wait before a batch is sent again that could not be; it grows by half each time. */
  readonly retryMs: number
}

/** Upstream's. */
export const BATCH_DEFAULTS: BatchOptions = {
  bufferMax: 10_000,
  batchMax: 400,
  waitMsMax: 30_000,
  retryMs: 10_000,
}

const ATTEMPTS_MAX = 5
const RETRY_FACTOR = 1.5

export interface BatchingOptions extends Partial<BatchOptions> {
  readonly clock: Clock
  readonly logger: Logger
  /** Sends events somewhere; rejects where they did not arrive. */
  readonly post: (events: readonly AuditEvent[]) => Promise<void>
}

/** Sends events in batches, one batch at a time. What cannot be sent at all is logged and lost. */
export function batchingBackend(options: BatchingOptions): AuditBackend {
  const { batchMax, bufferMax, clock, logger, post, retryMs, waitMsMax } = {
    ...BATCH_DEFAULTS,
    ...options,
  }
  const abort = new AbortController()
  let waiting: AuditEvent[] = []
  let [lost, isFull] = [0, false]
  let timer: Disposable | undefined
  let sending: Promise<void> | undefined

  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchMax)
      waiting = waiting.slice(batchMax)
      await sendOne(batch)
      if (waiting.length < batchMax && !abort.signal.aborted) break
    }
    sending = undefined
    if (waiting.length > 0) arm()
  }
  const sendOne = async (batch: readonly AuditEvent[]): Promise<void> => {
    let delayMs = retryMs
    for (let attempt = 1; ; attempt++) {
      try {
        return await post(batch)
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || abort.signal.aborted) {
          lost += batch.length
          logger.error('Cannot send audit events', { lost: batch.length, error: String(error) })
          return
        }
      }
      await sleep(clock, delayMs, abort).catch(() => undefined)
      delayMs *= RETRY_FACTOR
    }
  }
  const flush = (): void => {
    timer?.[Symbol.dispose]()
    timer = undefined
    sending ??= sendAll()
  }
  const arm = (): void => {
    timer ??= clock.after(waitMsMax, flush)
  }
  return {
    send(event) {
      if (waiting.length >= bufferMax) {
        lost++
        if (!isFull) logger.error('Audit events are lost: the buffer is full')
        isFull = true
        return
      }
      isFull = false
      waiting.push(event)
      if (waiting.length >= batchMax) flush()
      else if (!sending) arm()
    },
    lost: () => ({ webhook: lost }),
    async [Symbol.asyncDispose]() {
      abort.abort()
      flush()
      await sending
      timer?.[Symbol.dispose]()
    },
  }
}
