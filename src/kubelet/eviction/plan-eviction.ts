import { SIGNALS, type Observations, type Pressure } from './signals.ts'
import { isMet, type Threshold } from './thresholds.ts'

/** What is remembered from one look to the next. */
export interface EvictionState {
  /** Since when there has been too little, by threshold. */
  readonly metSince: ReadonlyMap<Threshold, number>
  /** When each pressure was seen last. */
  readonly lastSeen: ReadonlyMap<Pressure, number>
}

export const NO_EVICTION: EvictionState = { metSince: new Map(), lastSeen: new Map() }

export interface EvictionPlan {
  readonly state: EvictionState
  /** What the Node tells, for a while after it is over too, lest it goes up and down. */
  readonly pressures: readonly Pressure[]
  /** What to make room for now: the most urgent of all. */
  readonly reclaim?: Threshold
}

export interface EvictionView {
  readonly thresholds: readonly Threshold[]
  readonly observations: Observations
  readonly nowMs: number
  /** How long a pressure is told after it was seen last. */
  readonly transitionMs: number
}

/** Decides what there is too little of, and for which of it room is to be made. */
export function planEviction(
  { thresholds, observations, nowMs, transitionMs }: EvictionView,
  before: EvictionState,
): EvictionPlan {
  const met = thresholds.filter((each) => isMet(each, observations, before.metSince.has(each)))
  const metSince = new Map(met.map((each) => [each, before.metSince.get(each) ?? nowMs]))
  const seen = met.map(({ signal }) => [SIGNALS[signal].pressure, nowMs] as const)
  const lastSeen = new Map([...before.lastSeen, ...seen])
  for (const [pressure, atMs] of lastSeen)
    if (nowMs - atMs >= transitionMs && !seen.some(([each]) => each === pressure))
      lastSeen.delete(pressure)
  const [reclaim] = met
    .filter((each) => nowMs - metSince.get(each)! >= each.graceMs)
    .toSorted((a, b) => order(a) - order(b))
  return {
    state: { metSince, lastSeen },
    pressures: [...lastSeen.keys()],
    ...(reclaim && { reclaim }),
  }
}

// Of two for the same, the hard one is acted upon: it lets nothing wait.
function order({ signal, isHard }: Threshold): number {
  return 2 * SIGNALS[signal].order + (isHard ? 0 : 1)
}
