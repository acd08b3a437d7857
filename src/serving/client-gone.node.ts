import type { EventEmitter } from 'node:events'
import { ClientGoneError } from './exchange.ts'

interface Closable extends EventEmitter {
  readonly destroyed: boolean
  readonly writableFinished: boolean
  /** An HTTP/2 stream was reset: Node ends it then, so that it looks as if all had been sent. */
  readonly aborted?: boolean
}

/** Aborts when `response` closes before all of it has been sent. */
export function clientGoneSignal(response: Closable): AbortSignal {
  const controller = new AbortController()
  const onClose = (): void => {
    if (response.aborted || !response.writableFinished) controller.abort(new ClientGoneError())
  }
  if (response.destroyed || response.aborted) onClose()
  else response.once('close', onClose).once('aborted', onClose)
  return controller.signal
}
