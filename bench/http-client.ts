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
  #chunks: Buffer[] = []
  #length = 0
  #answer: Head | undefined
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

  /** Gets a path and reads on until a text has come, then goes away. */
  static readUntil(target: Target, path: string, text: string): Promise<void> {
    const wanted = Buffer.from(text)
    const socket = connect(tlsOptions(target), () =>
      socket.write(`GET ${path} HTTP/1.1\r\nhost: ${target.host}\r\n\r\n`),
    )
    let last: Buffer = Buffer.alloc(0)
    return new Promise((resolve, reject) => {
      socket.on('error', reject).on('close', () => reject(new Error('the server closed')))
      socket.on('data', (chunk: Buffer) => {
        // The text may lie across two chunks.
        if (Buffer.concat([last, chunk]).includes(wanted)) {
          resolve()
          socket.destroy()
        }
        last = chunk.subarray(-wanted.length)
      })
    })
  }

  send(method: string, path: string, body?: string): Promise<Answer> {
    const head =
      body === undefined
        ? `${method} ${path}${this.#head}\r\n`
        : `${method} ${path}${this.#head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('the server closed the connection'))
      this.#waiting = { resolve, reject }
      this.#socket.write(head)
    })
  }

  close(): void {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  /** A large answer comes in many pieces: they are joined once, when the last one is there. */
  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#answer === undefined && !this.#readHead()) return
    const { bodyStart, bodyLength } = this.#answer!
    const isWhole =
      bodyLength === undefined
        ? endsWith(this.#chunks, LAST_CHUNK)
        : this.#length >= bodyStart + bodyLength
    if (isWhole) this.#finish()
  }

  #readHead(): boolean {
    const received = Buffer.concat(this.#chunks)
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return false
    const head = received.toString('latin1', 0, end)
    const length = /\r\ncontent-length: (\d+)/i.exec(head)
    this.#answer = {
      status: Number(head.slice(9, 12)),
      bodyStart: end + 4,
      bodyLength: length ? Number(length[1]) : undefined,
    }
    return true
  }

  #finish(): void {
    const { status, bodyStart, bodyLength } = this.#answer!
    const received = Buffer.concat(this.#chunks)
    const body =
      bodyLength === undefined ? chunkedBody(received, bodyStart) : received.subarray(bodyStart)
    const waiting = this.#waiting
    this.#waiting = undefined
    this.#answer = undefined
    this.#chunks = []
    this.#length = 0
    waiting?.resolve({ status, body })
  }
}

interface Head {
  readonly status: number
  readonly bodyStart: number
  /** Absent where the body comes in chunks. */
  readonly bodyLength: number | undefined
}

function endsWith(chunks: readonly Buffer[], end: Buffer): boolean {
  const last = chunks.at(-1)!
  if (last.length >= end.length) return last.subarray(-end.length).equals(end)
  return Buffer.concat(chunks.slice(-end.length)).subarray(-end.length).equals(end)
}

/** How to connect to a target. */
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

function chunkedBody(received: Buffer, start: number): Buffer {
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
