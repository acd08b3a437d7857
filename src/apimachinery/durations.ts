import { quote } from './go-format.ts'
import { ParseError } from './parse-error.ts'

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Milliseconds of a Go duration, such as `1h30m0.5s`. Throws `ParseError` in Go's words. */
export function parseDuration(text: string): number {
  const [, sign, rest = ''] = /^([+-]?)([^]*)$/.exec(text)!
  if (rest === '0') return 0
  let ms = 0
  const pattern = /(\d+\.?\d*|\.\d+)([^\d.]*)/gy
  let end = 0
  for (const [whole, number, unit = ''] of rest.matchAll(pattern)) {
    if (unit === '') throw new ParseError(`time: missing unit in duration ${quote(text)}`)
    const unitMs = Object.hasOwn(UNITS_MS, unit) ? UNITS_MS[unit]! : undefined
    if (unitMs === undefined) {
      throw new ParseError(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`)
    }
    ms += Number(number) * unitMs
    end += whole.length
  }
  if (end === 0 || end < rest.length) {
    throw new ParseError(`time: invalid duration ${quote(text)}`)
  }
  return sign === '-' ? -ms : ms
}

/** A duration in milliseconds as Go writes it: `1h30m0s`, `1.5s`, `20ms`, `0s`. */
export function formatDuration(ms: number): string {
  const ns = Math.round(Math.abs(ms) * 1e6)
  const sign = ms < 0 && ns > 0 ? '-' : ''
  if (ns === 0) return '0s'
  if (ns < 1e3) return `${sign}${ns}ns`
  if (ns < 1e6) return `${sign}${fraction(ns, 1e3)}µs`
  if (ns < 1e9) return `${sign}${fraction(ns, 1e6)}ms`
  const minutes = Math.floor(ns / 60e9)
  const seconds = `${fraction(ns % 60e9, 1e9)}s`
  if (minutes === 0) return sign + seconds
  const hours = Math.floor(minutes / 60)
  return `${sign}${hours === 0 ? '' : `${hours}h`}${minutes % 60}m${seconds}`
}

function fraction(ns: number, unit: number): string {
  const digits = String(unit).length - 1
  const rest = String(ns % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '')
  const whole = Math.floor(ns / unit)
  return rest === '' ? `${whole}` : `${whole}.${rest}`
}

/** A duration for people, to two or three digits, as the AGE column shows it: `5s`, `3m20s`, `2d4h`, `1y40d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000)
  // Clocks differ a little, so what begins in the next second has begun.
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(seconds / 60)
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(minutes / 60)
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (hours < 192) return pair(days, 'd', hours % 24, 'h')
  if (days < 730) return `${days}d`
  const years = Math.trunc(days / 365)
  return days < 365 * 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`
}

/** A duration for people in one unit, as `kubectl` shows it in descriptions: `90s` is `1m`. */
export function shortHumanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.trunc(seconds / 60)
  if (minutes < 60) return `${minutes}m`
  const hours = Math.trunc(minutes / 60)
  if (hours < 24) return `${hours}h`
  return hours < 24 * 365 ? `${Math.trunc(hours / 24)}d` : `${Math.trunc(hours / 24 / 365)}y`
}
