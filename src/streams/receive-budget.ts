/** How many received bytes the streams of one connection may hold together before its socket is no longer read. */
export const RECEIVE_BUFFER_BYTES_MAX = 1024 * 1024

/** Counts what the streams of a connection hold, and stops and starts its socket. */
export interface ReceiveBudget {
  /** Bytes went in (positive) or out (negative). */
  add(bytes: number): void
  readonly paused: boolean
}

/**
 * The push-back of a multiplexed connection. Neither the SPDY of Kubernetes (which sends no WINDOW_UPDATE) nor its
 * WebSocket channels have windows, so only the socket can be held back: one reader that stalls long enough holds up
 * the other streams of its connection, as it does upstream.
 */
export function receiveBudget(
  socket: { pause(): void; resume(): void },
  limitBytes: number = RECEIVE_BUFFER_BYTES_MAX,
): ReceiveBudget {
  let held = 0
  let paused = false
  return {
    get paused() {
      return paused
    },
    add(bytes) {
      held += bytes
      if (!paused && held > limitBytes) {
        paused = true
        socket.pause()
      } else if (paused && held <= limitBytes / 2) {
        paused = false
        socket.resume()
      }
    },
  }
}
