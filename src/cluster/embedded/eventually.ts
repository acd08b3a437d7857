import { findStatusError } from '../../apimachinery/status-error.ts'
import { formatDuration } from '../../apimachinery/durations.ts'
import type { Changes } from './changes.ts'
import { durationMs, type ClusterClock, type Duration } from './cluster-clock.ts'

export interface EventuallyOptions {
  /** How long to wait, by the cluster's clock; 30 seconds where absent. */
  readonly within?: Duration
}

const WITHIN_DEFAULT: Duration = '30s'

/**
 * A predicate or an assertion. That an assertion answers with undefined means that it holds; so a predicate may not, and
 * one that finds nothing has to say so: `() => items.find(isMine) ?? false`.
 */
export type Probe<T> = () => Checked<T> | Promise<Checked<T>>

type Checked<T> = [T] extends [void | boolean] ? T : undefined extends T ? never : T

/** Whether it came true, and with what, or why it did not. */
type Outcome<T> =
  | { readonly type: 'so'; readonly value: T }
  | { readonly type: 'not yet'; readonly why: string; readonly cause?: unknown }

/**
 * Calls `probe` until it answers with anything but false and null, and answers with that. It looks again whenever
 * something was written to the cluster, and once more at the end. A failed assertion, and a refusal of the API server
 * such as NotFound, count as not yet; any other error ends it. Throws what it last saw where the limit is passed.
 */
export async function eventually<T>(
  { clock, changes }: { readonly clock: ClusterClock; readonly changes: Changes },
  probe: Probe<T>,
  { within = WITHIN_DEFAULT }: EventuallyOptions = {},
): Promise<Exclude<T, false | null>> {
  const limitMs = durationMs(within)
  const endMs = clock.monotonic() + limitMs
  for (let inTime = true; ;) {
    const seen = changes.last
    const outcome = await look(probe)
    if (outcome.type === 'so') return outcome.value as Exclude<T, false | null>
    if (!inTime) throw givenUp(outcome, limitMs, changes)
    const isChanged = (): boolean => changes.last !== seen
    const leftMs = endMs - clock.monotonic()
    inTime = await clock.until(isChanged, leftMs, (listener) => changes.subscribe(listener))
  }
}

async function look<T>(probe: Probe<T>): Promise<Outcome<T>> {
  try {
    const value = await probe()
    if (value !== false && value !== null) return { type: 'so', value: value as T }
    return { type: 'not yet', why: `${text(probe)} answered ${String(value)}` }
  } catch (error) {
    // Assertion libraries have classes of their own; they agree on the name.
    const isExpected = (error as Error).name === 'AssertionError' || findStatusError(error)
    if (!isExpected) throw error
    return { type: 'not yet', why: (error as Error).message, cause: error }
  }
}

function givenUp(
  { why, cause }: Outcome<unknown> & { readonly type: 'not yet' },
  limitMs: number,
  { last }: Changes,
): Error {
  const lastWrite = last ? `; the last write was revision ${last.revision}, ${last.key}` : ''
  const message = `Not so within ${formatDuration(limitMs)}: ${why}${lastWrite}`
  return new Error(message, cause === undefined ? {} : { cause })
}

const TEXT_MAX = 200

function text(probe: () => unknown): string {
  const source = probe.toString().replace(/\s+/g, ' ')
  return source.length > TEXT_MAX ? `${source.slice(0, TEXT_MAX)}…` : source
}
