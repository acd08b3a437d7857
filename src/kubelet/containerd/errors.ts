/** containerd cannot be used; the message is one sentence for the user. */
export class ContainerdError extends Error {
  override readonly name = 'ContainerdError'
  readonly reason: 'missing' | 'failed'

  constructor(reason: 'missing' | 'failed', message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

export function failedToStart(reason: string, cause?: unknown): ContainerdError {
  return new ContainerdError('failed', `Cannot start containerd: ${reason}`, { cause })
}
