import { formatList } from '../../../apimachinery/go-format.ts'
import { parseDuration } from '../../../apimachinery/durations.ts'
import { parseInteger } from '../../validation/integer.ts'

/** When a schedule comes up: at the minutes whose parts are all in these sets. */
export interface CronFields {
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly daysOfMonth: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>
  /** Where both kinds of days are restricted, a day that is in either set will do; else it must be in both. */
  readonly isAnyDayOfMonth: boolean
  readonly isAnyDayOfWeek: boolean
}

export type CronSchedule = CronFields | { readonly everyMs: number }

/** What is wrong with a schedule. */
export class CronError extends Error {}

/**
 * Reads the schedule of a CronJob: five fields, or a descriptor such as `@daily` or `@every 1h30m`.
 * @throws {CronError} in the words of the parser that Kubernetes uses (robfig/cron v3)
 */
export function parseCron(schedule: string): CronSchedule {
  const text = withoutZone(schedule)
  if (text === '') throw new CronError('empty spec string')
  if (text.startsWith('@')) return parseDescriptor(text)
  const fields = text.split(/\s+/).filter((each) => each !== '')
  if (fields.length !== FIELDS.length)
    throw new CronError(
      `expected exactly ${FIELDS.length} fields, found ${fields.length}: ${formatList(fields)}`,
    )
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = FIELDS.map((field, i) =>
    parseField(fields[i]!, field),
  ) as [Values, Values, Values, Values, Values]
  return {
    minutes: minutes.set,
    hours: hours.set,
    daysOfMonth: daysOfMonth.set,
    months: months.set,
    daysOfWeek: daysOfWeek.set,
    isAnyDayOfMonth: daysOfMonth.isAny,
    isAnyDayOfWeek: daysOfWeek.isAny,
  }
}

// Refused elsewhere: the time zone has a field of its own.
function withoutZone(schedule: string): string {
  if (!/^(CRON_)?TZ=/.test(schedule)) return schedule
  const space = schedule.indexOf(' ')
  return space < 0 ? '' : schedule.slice(space).trim()
}

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const EVERY = '@every '

function parseDescriptor(text: string): CronSchedule {
  const fields = Object.hasOwn(DESCRIPTORS, text) ? DESCRIPTORS[text] : undefined
  if (fields) return parseCron(fields)
  if (!text.startsWith(EVERY)) throw new CronError(`unrecognized descriptor: ${text}`)
  try {
    // Rounded down to whole seconds, of which there is at least one.
    const ms = parseDuration(text.slice(EVERY.length))
    return { everyMs: Math.max(Math.floor(ms / 1000), 1) * 1000 }
  } catch (error) {
    throw new CronError(`failed to parse duration ${text}: ${(error as Error).message}`)
  }
}

interface Bounds {
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
]

interface Values {
  readonly set: ReadonlySet<number>
  readonly isAny: boolean
}

function parseField(text: string, bounds: Bounds): Values {
  const set = new Set<number>()
  let isAny = false
  for (const part of text.split(',').filter((each) => each !== '')) {
    const { start, end, step, isStar } = parseRange(part, bounds)
    for (let value = start; value <= end; value += step) set.add(value)
    isAny ||= isStar
  }
  return { set, isAny }
}

interface Range {
  readonly start: number
  readonly end: number
  readonly step: number
  readonly isStar: boolean
}

function parseRange(text: string, bounds: Bounds): Range {
  const [values = '', ...steps] = text.split('/')
  const [low = '', ...highs] = values.split('-')
  const isAll = low === '*' || low === '?'
  if (!isAll && highs.length > 1) throw new CronError(`too many hyphens: ${text}`)
  const start = isAll ? bounds.min : parseValue(low, bounds)
  const given = isAll ? bounds.max : highs.length === 0 ? start : parseValue(highs[0]!, bounds)
  if (steps.length > 1) throw new CronError(`too many slashes: ${text}`)
  const step = steps.length === 0 ? 1 : parseNumber(steps[0]!)
  // `5/10` counts from 5 to the end.
  const end = steps.length > 0 && highs.length === 0 ? bounds.max : given
  checkRange({ start, end, step, isStar: isAll }, bounds, text)
  return { start, end, step, isStar: isAll && step <= 1 }
}

function checkRange({ start, end, step }: Range, { min, max }: Bounds, text: string): void {
  if (start < min)
    throw new CronError(`beginning of range (${start}) below minimum (${min}): ${text}`)
  if (end > max) throw new CronError(`end of range (${end}) above maximum (${max}): ${text}`)
  if (start > end)
    throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`)
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`)
}

function parseValue(text: string, { min, names = [] }: Bounds): number {
  const named = names.indexOf(text.toLowerCase())
  return named >= 0 ? named + min : parseNumber(text)
}

function parseNumber(text: string): number {
  const value = parseInteger(text)
  if (value === undefined) {
    const reason = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
    throw new CronError(`failed to parse int from ${text}: ${reason}`)
  }
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`)
  return value
}
