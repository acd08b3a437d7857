import type { PriorityLevelConfigurationSpec } from '../../api/flowcontrol/v1/priority-level-configuration.ts'
import type { DemandStatistics } from './seat-demand.ts'

/** How many seats a priority level has by right, and between which bounds that moves. */
export interface ConcurrencyLimits {
  readonly nominal: number
  /** What it never lends. */
  readonly min: number
  /** What it has at most, with all that it can borrow. */
  readonly max: number
}

/** Divides the server's seats between the levels by their shares (KEP-1040, "Assured Concurrency"). */
export function concurrencyLimits(
  levels: ReadonlyMap<string, PriorityLevelConfigurationSpec>,
  total: number,
): ReadonlyMap<string, ConcurrencyLimits> {
  const shares = [...levels.values()].reduce((sum, spec) => sum + sharesOf(spec), 0)
  return new Map(
    [...levels].map(([name, spec]) => {
      const nominal = shares === 0 ? 0 : Math.ceil((total * sharesOf(spec)) / shares)
      const lendable = (spec.limited ?? spec.exempt)?.lendablePercent ?? 0
      const borrowing = spec.limited?.borrowingLimitPercent
      const min = nominal - Math.round((nominal * lendable) / 100)
      const max =
        borrowing === undefined ? total : nominal + Math.round((nominal * borrowing) / 100)
      return [name, { nominal, min, max: Math.max(max, min) }]
    }),
  )
}

function sharesOf({ limited, exempt }: PriorityLevelConfigurationSpec): number {
  return (limited ?? exempt)?.nominalConcurrencyShares ?? 0
}

/** How much of yesterday's demand stays in today's, for each adjustment. */
const SMOOTHING = 0.977

/** The demand to plan with: it rises at once and falls slowly. */
export function smoothedDemand(before: number, { average, deviation }: DemandStatistics): number {
  const envelope = average + deviation
  return Math.max(envelope, SMOOTHING * before + (1 - SMOOTHING) * envelope)
}

/** One level's part in the sharing of seats. */
export interface Claim {
  readonly limits: ConcurrencyLimits
  readonly highest: number
  readonly smoothed: number
}

/**
 * The seats of each level until the next adjustment: all in the same proportion to what they need, but within bounds,
 * and never less than what a level used up to its nominal seats, so that who lends gets back what it needs. `taken` is
 * what levels without a limit use.
 */
export function lendAndBorrow(claims: readonly Claim[], taken: number): readonly number[] {
  const parts = claims.map(({ limits, highest, smoothed }) => {
    const lower = Math.max(limits.min, Math.min(limits.nominal, highest))
    return { lower, upper: limits.max, target: Math.max(lower, smoothed) }
  })
  const at = (proportion: number): readonly number[] =>
    parts.map(({ lower, upper, target }) =>
      Math.min(Math.max(proportion * target, lower), Math.max(lower, upper)),
    )
  const total = claims.reduce((sum, { limits }) => sum + limits.nominal, 0) - taken
  return at(proportionFor(Math.max(0, total), at)).map((seats) => Math.round(seats))
}

const HALVINGS = 60 // More than the bits of a double's fraction.

function proportionFor(total: number, at: (proportion: number) => readonly number[]): number {
  const sumAt = (proportion: number): number =>
    at(proportion).reduce((sum, seats) => sum + seats, 0)
  let [low, high] = [0, total]
  if (sumAt(high) <= total) return high
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2
    if (sumAt(middle) > total) high = middle
    else low = middle
  }
  return low
}
