import { parseDuration } from '../../apimachinery/durations.ts'
import { ParseError } from '../../apimachinery/parse-error.ts'
import { randomInt, type Random } from '../../base/random.ts'
import { compileValue } from './cel.ts'
import { compileQuery, type Query } from './query.ts'
import { scalarText } from './selector.ts'
import type { StageDelay, ValueFrom } from './stage.ts'

const NS_PER_MS = 1_000_000

/** How many milliseconds an object waits before it goes on. */
export type Delay = (object: unknown, nowMs: number, random: Random) => number

/** Compiles a stage's delay. Throws `ParseError`. */
export function compileDelay(delay: StageDelay = {}): Delay {
  const base = compileMs(delay.durationFrom, delay.durationMilliseconds ?? 0)
  const jitter = compileMs(delay.jitterDurationFrom, delay.jitterDurationMilliseconds)
  return (object, nowMs, random) => {
    const least = base(object, nowMs) ?? 0
    const most = jitter(object, nowMs) ?? least
    return Math.max(0, most > least ? least + randomInt(random, most - least + 1) : least)
  }
}

/** Compiles a whole number that the object may give itself. */
export function compileNumber(
  from: ValueFrom | undefined,
  otherwise: number,
): (object: unknown) => number {
  const query = from && queryOf(from)
  return (object) => {
    const [found] = query?.(object) ?? []
    const number = Number(found)
    return found === undefined || Number.isNaN(number) ? otherwise : number
  }
}

function compileMs<T extends number | undefined>(
  from: ValueFrom | undefined,
  otherwise: T,
): (object: unknown, nowMs: number) => number | T {
  if (!from) return () => otherwise
  const query = queryOf(from)
  return (object, nowMs) => {
    const [found] = query(object)
    if (found === undefined) return otherwise
    // A number that CEL comes to are nanoseconds, as Go counts durations.
    if ('cel' in from && typeof found === 'number') return found / NS_PER_MS
    return msOf(scalarText(found), nowMs) ?? otherwise
  }
}

function queryOf(from: ValueFrom): Query {
  if ('cel' in from) return compileValue(from.cel.expression)
  return compileQuery('jq' in from ? from.jq.expression : from.expressionFrom)
}

/** A duration, a time to come, or milliseconds; undefined for what is none of these. */
function msOf(text: string, nowMs: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text)
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return Date.parse(text) - nowMs
  try {
    return parseDuration(text)
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}
