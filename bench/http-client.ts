// A bare HTTP/1.1 client over TLS: it reads no more of an answer than it must, so that the server is the limit.
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

/** An API server to measure, and how to be let in. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly token?: string
}

export interface Answer {
  readonly status: number
  readonly body: Buffer
}

/** One connection; requests on it follow each other. */
export class Connection {
  readonly #socket: TLSSocket
  readonly #head: string
  #received: Buffer = Buffer.alloc(0)
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined

  private constructor(socket: TLSSocket, target: Target) {
    this.#socket = socket
    const authorization =
      target.token === undefined ? '' : `authorization: Bearer ${target.token}\r\n`
    this.#head = ` HTTP/1.1\r\nhost: ${target.host}\r\naccept: application/json\r\n${authorization}`
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => this.#waiting?.reject(error))
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')))
  }

  static async open(target: Target): Promise<Connection> {
    const socket = connect(tlsOptions(target))
    await new Promise<void>((resolve, reject) =>
      socket.once('secureConnect', resolve).once('error', reject),
    )
    socket.setNoDelay(true)
    return new Connection(socket, target)
  }

  send(method: string, path: string, body?: string): Promise<Answer> {
    const head =
      body === undefined
        ? `${method} ${path}${this.#head}\r\n`
        : `${method} ${path}${this.#head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(head)
    })
  }

  close(): void {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#received.toString('latin1', 0, end)
    const length = /\r\ncontent-length: (\d+)/i.exec(head)
    const body = length
      ? wholeBody(this.#received, end + 4, Number(length[1]))
      : chunkedBody(this.#received, end + 4)
    if (!body) return
    const waiting = this.#waiting
    this.#waiting = undefined
    this.#received = Buffer.alloc(0)
    waiting?.resolve({ status: Number(head.slice(9, 12)), body })
  }
}

export function tlsOptions({ host, port, ca, cert, key }: Target): ConnectionOptions {
  return {
    host,
    port,
    ALPNProtocols: ['http/1.1'],
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
}

function wholeBody(received: Buffer, start: number, length: number): Buffer | undefined {
  return received.length >= start + length ? received.subarray(start, start + length) : undefined
}

function chunkedBody(received: Buffer, start: number): Buffer | undefined {
  if (!received.subarray(-5).equals(LAST_CHUNK)) return undefined
  const parts: Buffer[] = []
  for (let at = start; ;) {
    const lineEnd = received.indexOf('\r\n', at)
    const size = Number.parseInt(received.toString('latin1', at, lineEnd), 16)
    if (size === 0) return Buffer.concat(parts)
    parts.push(received.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}

const LAST_CHUNK = Buffer.from('0\r\n\r\n')
