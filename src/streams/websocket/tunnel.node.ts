import { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../../base/clock.ts'
import { keepAlive } from './keep-alive.node.ts'

/**
 * A WebSocket whose binary messages are the bytes of another protocol, as a Duplex (KEP-4006). Where messages begin and
 * end means nothing. A WebSocket does not half-close: to end writing is to close.
 */
export function webSocketTunnel(ws: WebSocket, clock: Clock): Duplex {
  const reading = keepAlive(ws, clock)
  let paused = false
  const send = (bytes: Uint8Array, done: () => void): void => ws.send(bytes, () => done())
  const duplex = new Duplex({
    read() {
      if (paused) reading.resume()
      paused = false
    },
    write: (chunk: Uint8Array, _encoding, done) => send(chunk, done),
    writev: (chunks, done) =>
      send(Buffer.concat(chunks.map(({ chunk }) => chunk as Uint8Array)), done),
    final(done) {
      ws.close(1000)
      reading.resume() // Else the other end's answer would never be read.
      done()
    },
    destroy(_error, done) {
      ws.terminate()
      done(null)
    },
  })
  ws.on('message', (raw: RawData, isBinary) => {
    if (!isBinary) return ws.close(1003)
    if (duplex.readableEnded || duplex.push(raw) || paused) return
    paused = true
    reading.pause()
  })
  ws.on('error', () => duplex.destroy())
  ws.on('close', (code) => {
    if (code === 1000) duplex.push(null)
    else duplex.destroy()
  })
  return duplex
}
