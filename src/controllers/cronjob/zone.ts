const DAY_MS = 86_400_000
const HALF_DAY_MS = DAY_MS / 2

/** Wall time in a time zone, by the rules that the platform knows (IANA). */
export interface Zone {
  /** How far the zone's clocks are ahead of UTC, in milliseconds. */
  offsetMs(utcMs: number): number
  /** The times at which the zone's clocks show this wall time (as if it were UTC): none in a gap, two where they are set back. */
  timesOf(wallMs: number): readonly number[]
}

export const UTC: Zone = { offsetMs: () => 0, timesOf: (wallMs) => [wallMs] }

/** A zone by its name, such as `Europe/Paris`. Throws `RangeError` where there is none. */
export function zoneNamed(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const offsetMs = (utcMs: number): number => {
    const parts: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(utcMs)) parts[type] = Number(value)
    const { year, month, day, hour, minute, second } = parts
    const wallMs = Date.UTC(year!, month! - 1, day, hour, minute, second)
    return wallMs - Math.floor(utcMs / 1000) * 1000
  }
  return {
    offsetMs,
    timesOf(wallMs) {
      // Clocks are changed at most once within a day, so these are all offsets that can hold.
      const offsets = new Set([
        offsetMs(wallMs - HALF_DAY_MS),
        offsetMs(wallMs),
        offsetMs(wallMs + HALF_DAY_MS),
      ])
      return [...offsets]
        .map((offset) => wallMs - offset)
        .filter((utcMs) => utcMs + offsetMs(utcMs) === wallMs)
        .toSorted((a, b) => a - b)
    },
  }
}
