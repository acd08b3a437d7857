import type { Overload } from '../check/overload.ts'
import { method } from '../check/overload.ts'
import type { Calendar, Timestamp } from '../values/time.ts'
import { type Duration, calendarOf } from '../values/time.ts'
import { CelError } from '../values/value.ts'

type Read = (calendar: Calendar) => number

function accessor(name: string, id: string, read: Read): Overload[] {
  const get = (moment: Timestamp, zone = 'UTC'): bigint | CelError => {
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
export const TIME: readonly Overload[] = [
  ...accessor('getFullYear', 'timestamp_to_year', ({ year }) => year),
  ...accessor('getMonth', 'timestamp_to_month', ({ month }) => month),
  ...accessor('getDayOfYear', 'timestamp_to_day_of_year', ({ dayOfYear }) => dayOfYear),
  ...accessor('getDayOfMonth', 'timestamp_to_day_of_month', ({ day }) => day - 1),
  ...accessor('getDate', 'timestamp_to_day_of_month_1_based', ({ day }) => day),
  ...accessor('getDayOfWeek', 'timestamp_to_day_of_week', ({ dayOfWeek }) => dayOfWeek),
  ...accessor('getHours', 'timestamp_to_hours', ({ hours }) => hours),
  ...accessor('getMinutes', 'timestamp_to_minutes', ({ minutes }) => minutes),
  ...accessor('getSeconds', 'timestamp_to_seconds', ({ seconds }) => seconds),
  ...accessor('getMilliseconds', 'timestamp_to_milliseconds', ({ milliseconds }) => milliseconds),
  part('getHours', 'duration_to_hours', 3_600_000_000_000n),
  part('getMinutes', 'duration_to_minutes', 60_000_000_000n),
  part('getSeconds', 'duration_to_seconds', 1_000_000_000n),
  part('getMilliseconds', 'duration_to_milliseconds', 1_000_000n, 1000n),
]
