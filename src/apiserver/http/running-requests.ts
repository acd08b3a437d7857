import { failure } from '../../apimachinery/status.ts'
import { generic, type StatusError } from '../../apimachinery/status-error.ts'

const RETRY_SECONDS = 5 // Upstream's.

/** The requests that are being answered, so that a server that ends can wait for them. */
export class RunningRequests {
  #count = 0
  #isClosed = false
  #idle: (() => void) | undefined

  get count(): number {
    return this.#count
  }

  /** Whether new requests are refused. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  begin(): void {
    this.#count += 1
  }

  end(): void {
    this.#count -= 1
    if (this.#count === 0) this.#idle?.()
  }

  /** Refuses what comes from now on. Resolves when nothing runs any more. */
  close(): Promise<void> {
    this.#isClosed = true
    if (this.#count === 0) return Promise.resolve()
    return new Promise((resolve) => (this.#idle = resolve))
  }
}

/** What a client is told whom the server has no time for any more. */
export function shuttingDown(): StatusError {
  const text = 'The apiserver is shutting down, please try again later.'
  return generic(failure('ServiceUnavailable', text, { retryAfterSeconds: RETRY_SECONDS }))
}
