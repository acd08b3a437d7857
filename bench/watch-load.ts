// Many watchers, in a process of their own so that they do not share a thread with what they watch. Gets one WatchLoad
// as a message, says 'ready' once all watch, and answers with a WatchResult once it is told to stop.
import { connect, type TLSSocket } from 'node:tls'
import { type Target, tlsOptions } from './http-client.ts'

export interface WatchLoad {
  readonly target: Target
  readonly path: string
  readonly watchers: number
}

export interface WatchResult {
  readonly events: number
  readonly bytes: number
  readonly seconds: number
  /** How late events came, in milliseconds, by the time that the writer put into them. */
  readonly lagP50: number
  readonly lagP99: number
  /** Of one core, by this process itself. */
  readonly clientCpu: number
}

const EVENT = Buffer.from('{"type":"MODIFIED"')
const SENT_AT = /"sentAt":"(\d+)"/g
const SAMPLED = 20 // Of so many chunks one is read for its times.

let [events, bytes, chunks] = [0, 0, 0]
const lags: number[] = []

process.once('message', (load: WatchLoad) => {
  void run(load)
})

async function run({ target, path, watchers }: WatchLoad): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: watchers }, () => watch(target, path)))
  const cpu = process.cpuUsage()
  const start = performance.now()
  process.once('message', () => {
    const seconds = (performance.now() - start) / 1000
    const used = process.cpuUsage(cpu)
    for (const socket of sockets) socket.destroy()
    lags.sort((a, b) => a - b)
    const at = (share: number): number => lags[Math.floor((lags.length - 1) * share)] ?? Number.NaN
    const clientCpu = (used.user + used.system) / 1e6 / seconds
    const result: WatchResult = {
      events,
      bytes,
      seconds,
      lagP50: at(0.5),
      lagP99: at(0.99),
      clientCpu,
    }
    process.send?.(result, () => process.disconnect?.())
  })
  process.send?.('ready')
}

/** Resolves once the server has begun to answer. */
function watch(target: Target, path: string): Promise<TLSSocket> {
  const socket = connect(tlsOptions(target), () =>
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: ${target.host}\r\naccept: application/json\r\n\r\n`,
    ),
  )
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>()
  socket.on('error', reject)
  socket.on('data', (chunk: Buffer) => {
    resolve(socket)
    count(chunk)
  })
  return promise
}

function count(chunk: Buffer): void {
  bytes += chunk.length
  chunks += 1
  for (let at = chunk.indexOf(EVENT); at >= 0; at = chunk.indexOf(EVENT, at + EVENT.length))
    events += 1
  if (chunks % SAMPLED !== 0) return
  const now = Date.now()
  for (const [, sentAt] of chunk.toString('latin1').matchAll(SENT_AT))
    lags.push(now - Number(sentAt))
}
