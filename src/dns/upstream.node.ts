import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { connect, isIP } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { timedCache } from '../base/timed-cache.ts'
import type { DnsMetrics } from './dns-metrics.ts'
import type { Forward } from './resolver.node.ts'
import { aged, secondsToKeep } from './ttl.node.ts'

const TIMEOUT_MS = 2000
const CACHE_ENTRIES_MAX = 10_000
const CACHE_SECONDS_MAX = 30
const REFUSALS = new Set([2, 4, 5]) // SERVFAIL, NOTIMP, REFUSED.
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

interface Given {
  readonly response: Buffer
  readonly atMs: number
}

/**
 * Asks name servers in turn, over TCP where an answer was cut off, and remembers answers for as long as they allow. Who has
 * answered last is asked first, so that one that is gone costs time only once.
 */
export function forwarder({ servers, port = 53, clock, metrics }: ForwarderOptions): Forward {
  const known = timedCache<Given | undefined>({
    clock,
    max: CACHE_ENTRIES_MAX,
    keyLengthMax: QUERY_BYTES_MAX,
  })
  let best = 0
  const askAll = async (query: Buffer): Promise<Buffer | undefined> => {
    let refusal: Buffer | undefined
    for (const i of servers.keys()) {
      const turn = (best + i) % servers.length
      const response = await ask(servers[turn]!, port, query, clock)
      if (response && !isRefusal(response)) {
        best = turn
        return response
      }
      refusal ??= response
    }
    return refusal
  }
  const given = async (query: Buffer): Promise<Given | undefined> => {
    const response = await askAll(query)
    return response && { response, atMs: clock.monotonic() }
  }
  return async (query) => {
    const key = query.toString('latin1', 2) // All but the query's number.
    let isKnown = true
    const found = await known.get(
      key,
      () => {
        isKnown = false
        return given(query)
      },
      (each) => (each ? Math.min(CACHE_SECONDS_MAX, secondsToKeep(each.response)) * 1000 : 0),
    )
    metrics?.askedOn(isKnown)
    return found && answerTo(query, found, clock)
  }
}

/** The server cannot or will not say: another one may. */
function isRefusal(response: Buffer): boolean {
  return REFUSALS.has(response[3]! & 0x0f)
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

function answerTo(query: Buffer, { response, atMs }: Given, clock: Clock): Buffer {
  const seconds = Math.floor((clock.monotonic() - atMs) / 1000)
  const copy = seconds > 0 ? aged(response, seconds) : Buffer.from(response)
  query.copy(copy, 0, 0, 2)
  return copy
}
