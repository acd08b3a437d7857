import ipaddr from 'ipaddr.js'
import { parseDurationNs } from '../../../schema/duration.ts'

/** A network as Go's net.ParseCIDR reads it. */
export function isCidr(text: string): boolean {
  const [address = '', prefix = '', ...more] = text.split('/')
  if (more.length > 0 || !/^\d{1,3}$/.test(prefix)) return false
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return Number(prefix) <= 32
  return address.includes(':') && ipaddr.IPv6.isValid(address) && Number(prefix) <= 128
}

/** A `full-date` of RFC 3339 that exists. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  if (!match) return false
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

const TIME = /^(\d\d):(\d\d):(\d\d)(?:.\d+)?(?:z|[+-]\d\d:\d\d)$/

/** A `date-time` of RFC 3339. */
export function isDateTime(text: string): boolean {
  const [date = '', time = ''] = text.toLowerCase().split('t')
  const match = TIME.exec(time)
  if (!match || !isDate(date)) return false
  return match[1]! <= '23' && match[2]! <= '59' && match[3]! <= '59'
}

const UNITS =
  /^(?:n(?:s|ano(?:second)?s?)|u(?:s|icro)|us|µs|micro(?:second)?s?|milli(?:second)?s?|ms|s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:r|our)?s?|d(?:ay)?s?|w(?:eek|k)?s?)$/i
const SPACED = /^\s*[-+]?\d+(?:\.\d+)?\s*([A-Za-zµ]+)\s*$/

/** A duration of Go, such as `1h30m`, or of Scala, such as `22 ns`. */
export function isDuration(text: string): boolean {
  if (typeof parseDurationNs(text) === 'bigint') return true
  const unit = SPACED.exec(text)?.[1]
  return unit !== undefined && UNITS.test(unit)
}
