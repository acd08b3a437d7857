import { concatenate } from '../../base/bytes.ts'

/** Which part of a container's log is wanted, and in what form. */
export interface LogOptions {
  readonly follow: boolean
  /** Only this many of the last lines. */
  readonly tailLines?: number
  /** Only what was written at this time or later, in nanoseconds since the Unix epoch. */
  readonly sinceNs?: bigint
  readonly limitBytes?: number
  readonly timestamps: boolean
  readonly stream: 'All' | 'Stdout' | 'Stderr'
}

const NEWLINE = 10
const SPACE = 32

/**
 * Turns lines of the CRI log format into what the container wrote. A line is a time, a stream, a tag and the content:
 *
 *     2026-11-23T10:15:00.123456789Z stdout F hello
 *
 * The tag `P` marks a part of a longer line: the next one goes on where it ends, so no line break follows it.
 * See https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
 */
export class LogFormatter {
  readonly #options: LogOptions
  #bytesLeft: number
  #isPartial = false

  constructor(options: LogOptions) {
    this.#options = options
    this.#bytesLeft = options.limitBytes ?? Number.POSITIVE_INFINITY
  }

  /** Whether as much was given as was wanted. */
  get isDone(): boolean {
    return this.#bytesLeft <= 0
  }

  /** The content of one line, given without its line break; undefined where it is not wanted or no line of a log. */
  format(line: Uint8Array): Uint8Array | undefined {
    const parsed = parseLine(line)
    if (!parsed || !this.#isWanted(parsed)) return undefined
    const begins = !this.#isPartial
    this.#isPartial = parsed.isPartial
    const time =
      this.#options.timestamps && begins
        ? new TextEncoder().encode(`${parsed.time} `)
        : new Uint8Array()
    const end = parsed.isPartial ? new Uint8Array() : Uint8Array.of(NEWLINE)
    const whole = concatenate([time, parsed.content, end])
    const given = whole.subarray(0, Math.min(whole.length, this.#bytesLeft))
    this.#bytesLeft -= given.length
    return given
  }

  #isWanted({ time, stream }: ParsedLine): boolean {
    const wanted = this.#options.stream
    if (wanted !== 'All' && wanted.toLowerCase() !== stream) return false
    return this.#options.sinceNs === undefined || nanoseconds(time) >= this.#options.sinceNs
  }
}

interface ParsedLine {
  readonly time: string
  readonly stream: string
  readonly isPartial: boolean
  readonly content: Uint8Array
}

function parseLine(line: Uint8Array): ParsedLine | undefined {
  const first = line.indexOf(SPACE)
  const second = line.indexOf(SPACE, first + 1)
  const third = line.indexOf(SPACE, second + 1)
  if (first < 0 || second < 0 || third < 0) return undefined
  const [time, stream, tags] = new TextDecoder().decode(line.subarray(0, third)).split(' ')
  if ((stream !== 'stdout' && stream !== 'stderr') || nanoseconds(time!) === 0n) return undefined
  return {
    time: time!,
    stream,
    isPartial: tags!.split(':')[0] === 'P',
    content: line.subarray(third + 1),
  }
}

/** RFC 3339 with up to nine digits of a second, in nanoseconds since the Unix epoch; 0 where it is no time. */
export function nanoseconds(time: string): bigint {
  const match = /^(.*?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time)
  const ms = match ? Date.parse(`${match[1]}${match[3]}`) : Number.NaN
  if (Number.isNaN(ms)) return 0n
  return BigInt(ms) * 1_000_000n + BigInt((match![2] ?? '').padEnd(9, '0'))
}

/** Reads the query of a log request. Returns a text for a Bad Request where a value is wrong. */
export function logOptions(query: URLSearchParams, nowMs: number): LogOptions | string {
  const numbers = new Map<string, number>()
  for (const name of ['tailLines', 'limitBytes', 'sinceSeconds']) {
    const text = query.get(name)
    if (text === null || text === '') continue
    if (!/^\d{1,18}$/.test(text)) return `invalid ${name}: ${JSON.stringify(text)}`
    numbers.set(name, Number(text))
  }
  const sinceTime = query.get('sinceTime')
  if (sinceTime && nanoseconds(sinceTime) === 0n)
    return `invalid sinceTime: ${JSON.stringify(sinceTime)}`
  const tailLines = numbers.get('tailLines')
  const limitBytes = numbers.get('limitBytes')
  const sinceNs = sinceOf(query, numbers.get('sinceSeconds'), nowMs)
  const stream = query.get('stream') ?? 'All'
  return {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    stream: stream === 'Stdout' || stream === 'Stderr' ? stream : 'All',
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(sinceNs !== undefined && { sinceNs }),
  }
}

function sinceOf(
  query: URLSearchParams,
  sinceSeconds: number | undefined,
  nowMs: number,
): bigint | undefined {
  if (sinceSeconds !== undefined)
    return BigInt(Math.round(nowMs)) * 1_000_000n - BigInt(sinceSeconds) * 1_000_000_000n
  const sinceTime = query.get('sinceTime')
  return sinceTime ? nanoseconds(sinceTime) : undefined
}
