import type { Overload } from '../check/overload.ts'
import { method } from '../check/overload.ts'
import type { Calendar, Timestamp } from '../values/time.ts'
import { type Duration, calendars } from '../values/time.ts'
import { CelError } from '../values/value.ts'

type Read = (calendar: Calendar) => number

function accessor(
  name: string,
  id: string,
  read: Read,
  calendarOf: ReturnType<typeof calendars>,
): Overload[] {
  const get = (moment: Timestamp, zone?: string): bigint | CelError => {
    const calendar = calendarOf(moment, zone)
    return calendar instanceof Error ? new CelError(calendar.message) : BigInt(read(calendar))
  }
  return [
    method(name, id, 'timestamp -> int', get),
    method(name, `${id}_with_tz`, 'timestamp, string -> int', get),
  ]
}

const part = (name: string, id: string, ns: bigint, modulus?: bigint): Overload =>
  method(name, id, 'duration -> int', (duration: Duration) =>
    modulus === undefined ? duration.ns / ns : (duration.ns / ns) % modulus,
  )

/** What a timestamp and a duration consist of. */
export function timeLibrary(): Overload[] {
  const calendarOf = calendars()
  const accessors: readonly (readonly [name: string, id: string, read: Read])[] = [
    ['getFullYear', 'timestamp_to_year', ({ year }) => year],
    ['getMonth', 'timestamp_to_month', ({ month }) => month],
    ['getDayOfYear', 'timestamp_to_day_of_year', ({ dayOfYear }) => dayOfYear],
    ['getDayOfMonth', 'timestamp_to_day_of_month', ({ day }) => day - 1],
    ['getDate', 'timestamp_to_day_of_month_1_based', ({ day }) => day],
    ['getDayOfWeek', 'timestamp_to_day_of_week', ({ dayOfWeek }) => dayOfWeek],
    ['getHours', 'timestamp_to_hours', ({ hours }) => hours],
    ['getMinutes', 'timestamp_to_minutes', ({ minutes }) => minutes],
    ['getSeconds', 'timestamp_to_seconds', ({ seconds }) => seconds],
    ['getMilliseconds', 'timestamp_to_milliseconds', ({ milliseconds }) => milliseconds],
  ]
  return [
    ...accessors.flatMap(([name, id, read]) => accessor(name, id, read, calendarOf)),
    part('getHours', 'duration_to_hours', 3_600_000_000_000n),
    part('getMinutes', 'duration_to_minutes', 60_000_000_000n),
    part('getSeconds', 'duration_to_seconds', 1_000_000_000n),
    part('getMilliseconds', 'duration_to_milliseconds', 1_000_000n, 1000n),
  ]
}
