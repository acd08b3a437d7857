import type { Duplex } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import { endSocket } from './end-socket.node.ts'

/**
 * Connects two streams in both directions, with half-close and push-back. When one breaks off, so does the other; when
 * one ends properly, the other still gets everything. Resolves when both are closed.
 */
export async function bridge(one: Duplex, other: Duplex, clock: Clock): Promise<void> {
  const closed = Promise.all([closing(one, other, clock), closing(other, one, clock)])
  one.pipe(other)
  other.pipe(one)
  await closed
}

function closing(stream: Duplex, other: Duplex, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const onClose = (): void => {
    if (stream.readableEnded) endSocket(other, clock)
    else other.destroy()
    resolve()
  }
  stream.on('error', () => undefined) // It closes, too.
  if (stream.closed) onClose()
  else stream.once('close', onClose)
  return promise
}
