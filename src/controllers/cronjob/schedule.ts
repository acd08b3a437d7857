import type { CronFields, CronSchedule } from '../../api/batch/v1/cron-schedule.ts'
import type { Zone } from './zone.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const DAYS_MAX = 5 * 366 // A schedule that does not come up in five years, such as 30 February, never does.

/** The first time after `afterMs` at which a schedule comes up; undefined where it never does. */
export function nextTime(schedule: CronSchedule, zone: Zone, afterMs: number): number | undefined {
  if ('everyMs' in schedule) return Math.floor(afterMs / 1000) * 1000 + schedule.everyMs
  const wallMs = afterMs + zone.offsetMs(afterMs)
  const today = Math.floor(wallMs / DAY_MS) * DAY_MS
  // Where clocks were set back, times of yesterday's wall may still come.
  for (let day = -1; day < DAYS_MAX; day += 1) {
    const dayMs = today + day * DAY_MS
    if (!isDay(schedule, new Date(dayMs))) continue
    const found = firstOfDay(schedule, zone, dayMs, afterMs)
    if (found !== undefined) return found
  }
  return undefined
}

function firstOfDay(
  { hours, minutes }: CronFields,
  zone: Zone,
  dayMs: number,
  afterMs: number,
): number | undefined {
  // Most minutes are over already, and can be passed by without asking the zone.
  const earliestWallMs = afterMs + zone.offsetMs(afterMs) - DAY_MS / 12
  let best: number | undefined
  for (const hour of sorted(hours)) {
    for (const minute of sorted(minutes)) {
      const wallMs = dayMs + (hour * 60 + minute) * MINUTE_MS
      if (wallMs < earliestWallMs) continue
      // Later wall times cannot come before one that was found, but for a clock that is set back.
      if (best !== undefined && wallMs - zone.offsetMs(best) > best + DAY_MS / 12) return best
      for (const time of zone.timesOf(wallMs)) {
        if (time > afterMs && (best === undefined || time < best)) best = time
      }
    }
  }
  return best
}

function isDay(fields: CronFields, day: Date): boolean {
  if (!fields.months.has(day.getUTCMonth() + 1)) return false
  const ofMonth = fields.daysOfMonth.has(day.getUTCDate())
  const ofWeek = fields.daysOfWeek.has(day.getUTCDay())
  if (fields.isAnyDayOfMonth || fields.isAnyDayOfWeek) return ofMonth && ofWeek
  return ofMonth || ofWeek
}

function sorted(values: ReadonlySet<number>): readonly number[] {
  return [...values].toSorted((a, b) => a - b)
}

export interface MissedTimes {
  /** The last time at which the schedule came up; undefined where it has not since. */
  readonly last: number | undefined
  /** There were so many that something must be wrong. */
  readonly isTooMany: boolean
}

const MISSED_MAX = 100

/** The times at which a schedule came up after `sinceMs`, up to now. */
export function missedTimes(
  schedule: CronSchedule,
  zone: Zone,
  sinceMs: number,
  nowMs: number,
): MissedTimes {
  const first = nextTime(schedule, zone, sinceMs)
  if (first === undefined || first > nowMs) return { last: undefined, isTooMany: false }
  const second = nextTime(schedule, zone, first)
  if (second === undefined || second > nowMs) return { last: first, isTooMany: false }
  // Near the end, where only few are left to be counted.
  const period = second - first
  const count = Math.floor((nowMs - first) / period) + 1
  let last = first
  const startMs = Math.max(first, nowMs - Math.max(2 * period, DAY_MS))
  let next = nextTime(schedule, zone, startMs - 1)
  while (next !== undefined && next <= nowMs) {
    last = next
    next = nextTime(schedule, zone, next)
  }
  return { last, isTooMany: count > MISSED_MAX }
}
