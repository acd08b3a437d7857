import type { EventEmitter } from 'node:events'
import { ClientGoneError } from './exchange.ts'

interface Closable extends EventEmitter {
  readonly destroyed: boolean
  readonly writableFinished: boolean
}

/** Aborts when `response` closes before all of it has been sent. */
export function clientGoneSignal(response: Closable): AbortSignal {
  const controller = new AbortController()
  const onClose = (): void => {
    if (!response.writableFinished) controller.abort(new ClientGoneError())
  }
  if (response.destroyed) onClose()
  else response.once('close', onClose)
  return controller.signal
}
