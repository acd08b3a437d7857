import { decode, encode, type Answer, type Packet } from 'dns-packet'
import type { Clock } from '../base/clock.ts'
import type { DnsMetrics } from './dns-metrics.ts'
import {
  answerFromZone,
  type ClusterView,
  type DnsRecord,
  type ZoneAnswer,
  type ZoneOptions,
} from './zone.ts'

/** Sends a query on to a resolver outside the cluster; undefined where none answers. */
export type Forward = (query: Buffer) => Promise<Buffer | undefined>

export interface ResolverOptions extends ZoneOptions {
  readonly view: ClusterView
  readonly forward: Forward
  readonly clock: Clock
  readonly metrics?: DnsMetrics
}

const RCODE = { FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4 }
const [RCODE_BYTE, RCODE_BITS] = [3, 0x0f] // Where a message has it.
const RESPONSE = 1 << 15
const AUTHORITATIVE = 1 << 10
const TRUNCATED = 1 << 9
const RECURSION_AVAILABLE = 1 << 7
const RECURSION_DESIRED = 1 << 8
const ALIAS_DEPTH_MAX = 8
const UDP_BYTES = 512 // What a client without EDNS takes (RFC 1035, section 4.2.1).
const UDP_BYTES_MAX = 1232 // Fits every path unfragmented.

interface Responded {
  readonly response: Buffer
  /** Whether somebody outside of the cluster was asked. */
  readonly isForeign: boolean
}

type ReadPacket = Packet & { opcode?: string }

/** Answers DNS queries: cluster names from memory, all others by asking on. */
export class Resolver {
  readonly #options: ResolverOptions

  constructor(options: ResolverOptions) {
    this.#options = options
  }

  /** The answer to a query; undefined for what is no query and deserves none. */
  async answer(
    query: Buffer,
    { overUdp }: { readonly overUdp: boolean },
  ): Promise<Buffer | undefined> {
    const { clock, metrics } = this.#options
    const beganMs = clock.monotonic()
    const packet = parse(query)
    if (!packet || packet.type !== 'query') return undefined
    const { response, isForeign } = await this.#respond(query, packet, overUdp)
    metrics?.answered({
      type: packet.questions?.[0]?.type ?? '',
      overUdp,
      isForeign,
      rcode: response[RCODE_BYTE]! & RCODE_BITS,
      seconds: (clock.monotonic() - beganMs) / 1000,
    })
    return response
  }

  async #respond(query: Buffer, packet: ReadPacket, overUdp: boolean): Promise<Responded> {
    const own = (response: Buffer): Responded => ({ response, isForeign: false })
    const [question, ...others] = packet.questions ?? []
    // A name that is no UTF-8 could not be written into an answer as it came; nobody has one.
    if (!question || others.length > 0 || question.name.includes('\uFFFD'))
      return own(failure({ ...packet, questions: [] }, RCODE.FORMERR))
    if (packet.opcode !== undefined && packet.opcode !== 'QUERY')
      return own(failure(packet, RCODE.NOTIMP))

    const answer = this.#lookUp(question.name, question.type)
    if (answer.kind === 'foreign') {
      const response = await this.#options.forward(query)
      return {
        response: response ? fitting(packet, response, overUdp) : failure(packet, RCODE.SERVFAIL),
        isForeign: true,
      }
    }
    const complete =
      answer.kind === 'alias' ? await this.#follow(answer, question.type, ALIAS_DEPTH_MAX) : answer
    return own(respond(packet, complete, overUdp))
  }

  #lookUp(name: string, type: string): ZoneAnswer {
    const { view } = this.#options
    return answerFromZone(name.replace(/\.$/, ''), type, view, this.#options)
  }

  /** Adds what an alias stands for, as far as it can be found out. */
  async #follow(
    alias: Extract<ZoneAnswer, { kind: 'alias' }>,
    type: string,
    depth: number,
  ): Promise<ZoneAnswer> {
    const done: ZoneAnswer = { kind: 'found', answers: alias.answers, additionals: [] }
    if (type === 'CNAME' || depth === 0) return done
    const target = this.#lookUp(alias.target, type)
    const more =
      target.kind === 'foreign'
        ? await this.#askOn(alias.target, type)
        : target.kind === 'alias'
          ? await this.#follow(target, type, depth - 1)
          : target
    return more.kind === 'found' ? { ...done, answers: [...alias.answers, ...more.answers] } : done
  }

  async #askOn(name: string, type: string): Promise<ZoneAnswer> {
    const query = encode({
      type: 'query',
      id: 1,
      flags: RECURSION_DESIRED,
      questions: [{ type: type as 'A', name }],
    })
    const response = await this.#options.forward(query)
    const answers = (response && parse(response)?.answers) ?? []
    return { kind: 'found', answers: answers as unknown as DnsRecord[], additionals: [] }
  }
}

function respond(query: Packet, answer: ZoneAnswer, overUdp: boolean): Buffer {
  const records = answer.kind === 'found' ? answer.answers : []
  const response = {
    type: 'response' as const,
    id: query.id ?? 0,
    flags: flagsOf(query) | (answer.kind === 'noName' ? RCODE.NXDOMAIN : 0),
    questions: query.questions ?? [],
    answers: records.map(toAnswer),
    authorities: 'authority' in answer ? [toAnswer(answer.authority)] : [],
    additionals: [
      ...(answer.kind === 'found' ? answer.additionals.map(toAnswer) : []),
      ...optOf(query),
    ],
  }
  return fitting(query, encode(response), overUdp)
}

/** An answer that the client can take; what is too long is cut off, so that it asks again over TCP. */
function fitting(query: Packet, response: Buffer, overUdp: boolean): Buffer {
  if (!overUdp || response.length <= udpBytes(query)) return response
  const flags = (response.readUInt16BE(2) & ~RESPONSE) | TRUNCATED
  return encode({
    type: 'response',
    id: query.id ?? 0,
    flags,
    questions: query.questions ?? [],
    additionals: optOf(query),
  })
}

function flagsOf(query: Packet): number {
  return AUTHORITATIVE | RECURSION_AVAILABLE | ((query.flags ?? 0) & RECURSION_DESIRED)
}

function toAnswer({ name, type, ttl, data }: DnsRecord): Answer {
  return { name, type, ttl, class: 'IN', data } as Answer
}

/** A client that speaks EDNS (RFC 6891) is answered in kind. */
function optOf(query: Packet): Answer[] {
  const opt = query.additionals?.find((each) => each.type === 'OPT')
  if (!opt) return []
  return [
    {
      type: 'OPT',
      name: '.',
      udpPayloadSize: UDP_BYTES_MAX,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    } as unknown as Answer,
  ]
}

function udpBytes(query: Packet): number {
  const opt = query.additionals?.find((each) => each.type === 'OPT') as
    | { udpPayloadSize?: number }
    | undefined
  return Math.min(Math.max(opt?.udpPayloadSize ?? UDP_BYTES, UDP_BYTES), UDP_BYTES_MAX)
}

function failure(query: Packet, rcode: number): Buffer {
  const flags = RECURSION_AVAILABLE | ((query.flags ?? 0) & RECURSION_DESIRED) | rcode
  return encode({ type: 'response', id: query.id ?? 0, flags, questions: query.questions ?? [] })
}

function parse(bytes: Buffer): ReadPacket | undefined {
  try {
    return decode(bytes)
  } catch {
    return undefined // Whatever came, it was no DNS message.
  }
}
