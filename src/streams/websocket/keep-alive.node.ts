import type { WebSocket } from 'ws'
import type { Clock } from '../../base/clock.ts'

/** Answers to pings that may wait for a client that does not read. */
const PONGS_MAX = 16

/** client-go gives a connection up after 61 s without a pong. */
const UNASKED_PONG_INTERVAL_MS = 15_000

/** Stops and starts the reading of a WebSocket. */
export interface PausableSocket {
  pause(): void
  resume(): void
}

/**
 * Answers pings, but only while the answers are read. While reading is paused, pings are not seen, so pongs are sent
 * unasked (RFC 6455, 5.5.3): a command that does not read its stdin for a minute must not lose its client.
 */
export function keepAlive(ws: WebSocket, clock: Clock): PausableSocket {
  let waiting = 0
  let timer: Disposable | undefined
  const pong = (data: Uint8Array): void => {
    if (waiting >= PONGS_MAX || ws.readyState !== ws.OPEN) return
    waiting++
    ws.pong(data, false, () => waiting--)
  }
  const pongLater = (): void => {
    timer = clock.after(UNASKED_PONG_INTERVAL_MS, () => {
      pong(new Uint8Array(0))
      pongLater()
    })
  }
  const stop = (): void => {
    timer?.[Symbol.dispose]()
    timer = undefined
  }
  ws.on('ping', pong)
  ws.on('close', stop)
  return {
    pause() {
      ws.pause()
      stop()
      pongLater()
    },
    resume() {
      stop()
      ws.resume()
    },
  }
}
