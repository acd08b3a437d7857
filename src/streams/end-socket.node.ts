import type { Duplex } from 'node:stream'
import type { Clock } from '../base/clock.ts'

/** How long a closed connection waits for the other end to take the last bytes and close, too. */
const CLOSE_LINGER_MS = 60_000

/**
 * Ends a socket without losing what was written. What still comes is read and dropped: closing a socket with unread
 * bytes resets it, and then the other end could lose what it has not read yet.
 */
export function endSocket(socket: Duplex, clock: Clock): void {
  if (socket.destroyed) return
  const linger = clock.after(CLOSE_LINGER_MS, () => socket.destroy())
  socket.once('close', () => linger[Symbol.dispose]())
  socket.once('end', () => socket.end())
  socket.end()
  socket.resume()
}
