import { recent } from '../../base/recent.ts'
import { parseDurationNs } from '../../schema/duration.ts'
import { isInt64, plainDecimal } from './number.ts'

/** A moment, in nanoseconds since 1970, from year 1 to year 9999. */
export class Timestamp {
  readonly ns: bigint

  constructor(ns: bigint) {
    this.ns = ns
  }
}

/** A span in nanoseconds that fits 64 bits. */
export class Duration {
  readonly ns: bigint

  constructor(ns: bigint) {
    this.ns = ns
  }
}

const NS_PER_SECOND = 1_000_000_000n
const SECONDS_MIN = -62_135_596_800n
const SECONDS_MAX = 253_402_300_799n

/** A timestamp, where it lies within years 1 to 9999. */
export function timestampOf(ns: bigint): Timestamp | undefined {
  const seconds = floorDiv(ns, NS_PER_SECOND)
  return seconds < SECONDS_MIN || seconds > SECONDS_MAX ? undefined : new Timestamp(ns)
}

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/

/** Reads RFC 3339, exact to the nanosecond; `overflow` where it lies outside the years that a timestamp can hold. */
export function parseTimestamp(text: string): Timestamp | 'invalid' | 'overflow' {
  const match = RFC3339.exec(text)
  if (!match) return 'invalid'
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as Six
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!isDate || hour > 23 || minute > 59 || second > 59) return 'invalid'
  const offset = Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)
  if (Number(match[9] ?? 0) > 24 || Number(match[10] ?? 0) > 59) return 'invalid'
  const ms = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000
  const shift = (match[8] === '-' ? 1 : -1) * offset * 60_000
  const fraction = BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'))
  return timestampOf(BigInt(ms + shift) * 1_000_000n + fraction) ?? 'overflow'
}

type Six = [number, number, number, number, number, number]

/** RFC 3339 in UTC with as many digits of a second as needed. */
export function formatTimestamp({ ns }: Timestamp): string {
  const seconds = floorDiv(ns, NS_PER_SECOND)
  const fraction = ns - seconds * NS_PER_SECOND
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '')
  const text = new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, '')
  return `${text}${digits === '' ? '' : `.${digits}`}Z`
}

/** Reads Go's form of a duration, such as `1h30m`; undefined where it is none. */
export function parseDuration(text: string): Duration | undefined {
  const ns = parseDurationNs(text)
  return typeof ns === 'bigint' && isInt64(ns) ? new Duration(ns) : undefined
}

/** A duration in seconds, as CEL's `string()` gives it. */
export function formatDuration({ ns }: Duration): string {
  return `${plainDecimal(Number(ns / NS_PER_SECOND) + Number(ns % NS_PER_SECOND) / 1e9)}s`
}

/** What a calendar and a clock show of a moment, months and days counted from where CEL counts them. */
export interface Calendar {
  readonly year: number
  /** From 0. */
  readonly month: number
  /** From 1. */
  readonly day: number
  /** From 0 for the first of January. */
  readonly dayOfYear: number
  /** From 0 for Sunday. */
  readonly dayOfWeek: number
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
  readonly milliseconds: number
}

/** What calendars and clocks of a time zone show. An `Error` where there is no such zone. */
export function calendarOf({ ns }: Timestamp, zone: string): Calendar | Error {
  const ms = Number(floorDiv(ns, 1_000_000n))
  const offset = zone === 'UTC' || zone === '' ? 0 : offsetMinutes(zone, ms)
  if (offset instanceof Error) return offset
  const date = new Date(ms + offset * 60_000)
  const newYear = new Date(date)
  newYear.setUTCMonth(0, 1)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth(),
    day: date.getUTCDate(),
    dayOfYear: Math.round((date.getTime() - newYear.getTime()) / 86_400_000),
    dayOfWeek: date.getUTCDay(),
    hours: date.getUTCHours(),
    minutes: date.getUTCMinutes(),
    seconds: date.getUTCSeconds(),
    milliseconds: date.getUTCMilliseconds(),
  }
}

function offsetMinutes(zone: string, ms: number): number | Error {
  const numeric = /^([+-]?)(\d+):([+-]?\d+)$/.exec(zone)
  if (!numeric) {
    if (zone.includes(':')) return new Error(`invalid timezone offset: ${zone}`)
    const format = formatOf(zone)
    return format instanceof Error ? format : namedOffset(format, ms)
  }
  const minutes = Number(numeric[3])
  if (minutes < 0 || minutes > 59) {
    return new Error(`timezone offset minutes out of range [0, 59]: ${zone}`)
  }
  return (numeric[1] === '-' ? -1 : 1) * (Number(numeric[2]) * 60 + minutes)
}

/** To learn of a time zone takes a hundred times longer than to use it. All expressions together name few. */
const formatOf = recent(zoneFormat, { count: 64 })

function zoneFormat(zone: string): Intl.DateTimeFormat | Error {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      era: 'short',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return new Error(`unknown time zone ${zone}`)
  }
}

function namedOffset(format: Intl.DateTimeFormat, ms: number): number {
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type))
  const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year')
  const local = new Date(0)
  local.setUTCFullYear(year, part('month') - 1, part('day'))
  local.setUTCHours(part('hour'), part('minute'), part('second'))
  return (local.getTime() - Math.floor(ms / 1000) * 1000) / 60_000
}

export function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b < 0n ? quotient - 1n : quotient
}
