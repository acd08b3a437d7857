import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Logger } from '../base/logger.ts'
import type { Resolver } from './resolver.node.ts'

const TCP_IDLE_MS = 10_000
const TCP_CONNECTIONS_MAX = 1000
/** How much of answers may wait for a client that does not read. */
const UNREAD_BYTES_MAX = 1024 * 1024
const UDP_BUFFER_BYTES = 4 * 1024 * 1024

export interface DnsServerOptions {
  readonly host: string
  /** The same for UDP and TCP. */
  readonly port: number
  readonly resolver: Resolver
  readonly logger: Logger
}

/** Serves DNS over UDP and TCP (RFC 1035, RFC 7766) until disposed. Rejects where the port cannot be had. */
export async function serveDns({
  host,
  port,
  resolver,
  logger,
}: DnsServerOptions): Promise<AsyncDisposable> {
  const udp = createSocket({
    type: host.includes(':') ? 'udp6' : 'udp4',
    recvBufferSize: UDP_BUFFER_BYTES,
  })
  const failed = (error: unknown): void =>
    logger.error('cannot answer a DNS query', { error: String(error) })
  udp.on('error', failed)
  udp.on('message', (query, { port: from, address }) => {
    resolver
      .answer(query, { overUdp: true })
      .then((response) => response && from > 0 && udp.send(response, from, address, ignored))
      .catch(failed)
  })
  const sockets = new Set<Socket>()
  const tcp = createServer((socket) => serveTcp(socket, resolver, sockets))
  tcp.maxConnections = TCP_CONNECTIONS_MAX

  try {
    await listenUdp(udp, host, port)
    await listenTcp(tcp, host, port)
  } catch (error) {
    udp.close()
    throw error
  }
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await Promise.all([
        new Promise<void>((resolve) => udp.close(() => resolve())),
        new Promise<void>((resolve) => tcp.close(() => resolve())),
      ])
    },
  }
}

// Who asked may be gone, or may never have been there: its address is no proof.
function ignored(): void {}

async function listenUdp(udp: UdpSocket, host: string, port: number): Promise<void> {
  const listening = once(udp, 'listening')
  udp.bind({ address: host, port })
  await listening
}

async function listenTcp(tcp: Server, host: string, port: number): Promise<void> {
  const listening = once(tcp, 'listening')
  tcp.listen({ host, port })
  await listening
}

/** Each message follows its length in two bytes; answers may overtake each other. */
function serveTcp(socket: Socket, resolver: Resolver, sockets: Set<Socket>): void {
  sockets.add(socket)
  let pending = Buffer.alloc(0)
  socket.setTimeout(TCP_IDLE_MS, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('close', () => sockets.delete(socket))
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0)
      const query = pending.subarray(2, end)
      pending = pending.subarray(end)
      void resolver.answer(query, { overUdp: false }).then(
        (response) => response && writeFramed(socket, response),
        () => socket.destroy(),
      )
    }
  })
}

function writeFramed(socket: Socket, response: Buffer): void {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(response.length)
  if (socket.writableLength > UNREAD_BYTES_MAX) socket.destroy()
  else socket.write(Buffer.concat([length, response]))
}
