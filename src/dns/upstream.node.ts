import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { connect, isIP } from 'node:net'
import { decode } from 'dns-packet'
import type { Clock } from '../base/clock.ts'
import { timedCache } from '../base/timed-cache.ts'
import type { DnsMetrics } from './dns-metrics.ts'
import type { Forward } from './resolver.node.ts'

const TIMEOUT_MS = 2000
const CACHE_ENTRIES_MAX = 10_000
const CACHE_SECONDS_MAX = 30
const QUERY_BYTES_MAX = 512 // Of one that is remembered: a name has 255 at most.

/** The name servers that a resolv.conf names, without those in `except`. */
export function nameServersOf(path: string, except: readonly string[] = []): string[] {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return [] // Without the file, there is nobody to ask.
  }
  const servers = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address]) => address!)
  return servers.filter((address) => isIP(address) !== 0 && !except.includes(address))
}

export interface ForwarderOptions {
  /** The addresses of name servers. */
  readonly servers: readonly string[]
  readonly port?: number
  readonly clock: Clock
  readonly metrics?: DnsMetrics
}

/** Asks name servers in turn, over TCP where an answer was cut off, and remembers answers for as long as they allow. */
export function forwarder({ servers, port = 53, clock, metrics }: ForwarderOptions): Forward {
  const known = timedCache<Buffer | undefined>({
    clock,
    max: CACHE_ENTRIES_MAX,
    keyLengthMax: QUERY_BYTES_MAX,
  })
  const askAll = async (query: Buffer): Promise<Buffer | undefined> => {
    for (const server of servers) {
      const response = await ask(server, port, query, clock)
      if (response) return response
    }
    return undefined
  }
  return async (query) => {
    const key = query.toString('latin1', 2) // All but the query's number.
    let isKnown = true
    const response = await known.get(
      key,
      () => {
        isKnown = false
        return askAll(query)
      },
      (given) => (given ? secondsToKeep(given) * 1000 : 0),
    )
    metrics?.askedOn(isKnown)
    return response && withId(response, query)
  }
}

async function ask(
  server: string,
  port: number,
  query: Buffer,
  clock: Clock,
): Promise<Buffer | undefined> {
  const response = await askUdp(server, port, query, clock)
  const isCutOff = response !== undefined && (response[2]! & 0x02) !== 0
  return isCutOff ? ((await askTcp(server, port, query, clock)) ?? response) : response
}

function askUdp(
  server: string,
  port: number,
  query: Buffer,
  clock: Clock,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    // A socket of its own, and so a port of its own, makes a forged answer hard (RFC 5452).
    const socket = createSocket(isIP(server) === 6 ? 'udp6' : 'udp4')
    const finish = (response?: Buffer): void => {
      timeout[Symbol.dispose]()
      socket.close()
      resolve(response)
    }
    const timeout = clock.after(TIMEOUT_MS, finish)
    socket.on('error', () => finish())
    socket.on('message', (response) => {
      if (response.length > 2 && response.readUInt16BE(0) === query.readUInt16BE(0))
        finish(response)
    })
    socket.connect(port, server, (error?: Error) => (error ? finish() : socket.send(query)))
  })
}

function askTcp(
  server: string,
  port: number,
  query: Buffer,
  clock: Clock,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, server)
    let received = Buffer.alloc(0)
    const finish = (response?: Buffer): void => {
      timeout[Symbol.dispose]()
      socket.destroy()
      resolve(response)
    }
    const timeout = clock.after(TIMEOUT_MS, finish)
    socket.on('error', () => finish())
    socket.on('close', () => finish())
    socket.on('connect', () => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(query.length)
      socket.write(Buffer.concat([length, query]))
    })
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0))
        finish(received.subarray(2, 2 + received.readUInt16BE(0)))
    })
  })
}

function withId(response: Buffer, query: Buffer): Buffer {
  const copy = Buffer.from(response)
  query.copy(copy, 0, 0, 2)
  return copy
}

function secondsToKeep(response: Buffer): number {
  try {
    const { answers = [], authorities = [] } = decode(response)
    const ttls = [...answers, ...authorities].map((record) =>
      'ttl' in record ? (record.ttl ?? 0) : 0,
    )
    return ttls.length === 0 ? 0 : Math.min(CACHE_SECONDS_MAX, ...ttls)
  } catch {
    return 0
  }
}
