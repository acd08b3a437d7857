import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { abortable } from '../../base/async.ts'
import { backoffMs } from '../../base/backoff.ts'
import type { Logger } from '../../base/logger.ts'
import { startContainerd, type ContainerdInstance, type ContainerdOptions } from './start.node.ts'

const RETRY = { baseMs: 100, maxMs: 10_000 }

/**
 * Keeps a containerd running until the signal aborts: starts it again whenever it ends. `started` is told of each.
 * containerd itself runs on afterwards. Throws what the first start throws.
 */
export async function keepContainerd(
  options: ContainerdOptions & { readonly logger: Logger },
  {
    signal,
    started,
  }: { readonly signal: AbortSignal; readonly started: (instance: ContainerdInstance) => void },
): Promise<void> {
  let instance = await startContainerd(options)
  while (!signal.aborted) {
    started(instance)
    await abortable(ended(instance, signal), signal).catch(() => undefined)
    if (signal.aborted) return
    options.logger.warn('containerd has ended, starting it again', { pid: instance.pid })
    instance = await startAgain(options, signal)
  }
}

async function startAgain(
  options: ContainerdOptions & { readonly logger: Logger },
  signal: AbortSignal,
): Promise<ContainerdInstance> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await startContainerd(options)
    } catch (error) {
      options.logger.error('Cannot start containerd again', { error: String(error) })
      await delay(backoffMs(RETRY, failures), undefined, { signal })
    }
  }
}

/** It need not be our child, but a connection to it breaks when it ends. */
async function ended({ layout }: ContainerdInstance, signal: AbortSignal): Promise<void> {
  const session = connectHttp2('http://localhost', {
    createConnection: () => connect(layout.socket),
  })
  const closed = Promise.withResolvers<void>()
  session.once('close', closed.resolve)
  session.on('error', () => undefined) // A close follows.
  try {
    await abortable(closed.promise, signal)
  } finally {
    session.destroy()
  }
}
