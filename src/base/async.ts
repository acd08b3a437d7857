import { Queue } from './queue.ts'

/** Calls `callback` once when the signal aborts, at once where it has; disposing forgets it. */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): Disposable {
  if (signal?.aborted) callback()
  else signal?.addEventListener('abort', callback, { once: true })
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', callback) }
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  onAbort(signal, resolve)
  return promise
}

/** An AbortController that aborts with each of `signals`. Dispose it, or it stays tied to those that live on. */
export function linkedAbort(
  ...signals: readonly (AbortSignal | undefined)[]
): AbortController & Disposable {
  const controller = new AbortController()
  const links = signals.map((signal) =>
    onAbort(signal, () => controller.abort(signal?.reason as unknown)),
  )
  return Object.assign(controller, {
    [Symbol.dispose]: () => links.forEach((link) => link[Symbol.dispose]()),
  })
}

/** The promise's outcome, or a rejection with the signal's reason where that comes first. */
export async function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise
  const aborted = Promise.withResolvers<never>()
  using _ = onAbort(signal, () => aborted.reject(signal.reason as Error))
  // Awaited here, so that the listener is gone when the caller goes on.
  return await Promise.race([promise, aborted.promise])
}

export interface ChannelOptions {
  /** How many items may wait for the reader; the push that exceeds it fails the channel. */
  readonly limit: number
  /** Called once when the reader stops before the end. */
  readonly onCancel?: () => void
}

/** A bounded stream from one side that pushes to one reader, who gets all that was pushed before the end. */
export interface Channel<T> extends AsyncIterable<T> {
  /** False where the channel has ended already. */
  push(item: T): boolean
  /** Ends the stream, with an error where one is given. */
  close(error?: Error): void
}

class ChannelOverflowError extends Error {
  override readonly name = 'ChannelOverflowError'

  constructor(limit: number) {
    super(`Cannot buffer more than ${limit} items for a slow reader`)
  }
}

/** Makes a channel. Only one reader may iterate it. */
export function createChannel<T>({ limit, onCancel }: ChannelOptions): Channel<T> {
  const items = new Queue<T>()
  let end: { readonly error?: Error } | undefined
  let waiting: PromiseWithResolvers<void> | undefined

  const close = (error?: Error): void => {
    end ??= error ? { error } : {}
    waiting?.resolve()
  }
  return {
    push(item) {
      if (end) return false
      if (items.length >= limit) {
        close(new ChannelOverflowError(limit))
        return false
      }
      items.push(item)
      waiting?.resolve()
      return true
    },
    close,
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          while (items.length > 0) yield items.shift()!
          if (end?.error) throw end.error
          if (end) return
          waiting = Promise.withResolvers()
          await waiting.promise
          waiting = undefined
        }
      } finally {
        if (!end) onCancel?.()
        end ??= {}
        items.clear()
      }
    },
  }
}
