import type { HorizontalPodAutoscaler } from '../../api/autoscaling/v2/horizontal-pod-autoscaler.ts'

type Behavior = NonNullable<HorizontalPodAutoscaler['spec']['behavior']>
type Rules = NonNullable<Behavior['scaleUp']>

/** The rules where an autoscaler gives none: up at once, at most doubling; down by the most of the last five minutes. */
const DEFAULTS = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  },
} as const satisfies Behavior

const REMEMBERED_MS = 3_600_000 // The longest window and period that rules may have.

/** What an autoscaler has recommended and done lately. */
export interface ScalingHistory {
  readonly recommendations: readonly { readonly replicas: number; readonly atMs: number }[]
  readonly changes: readonly { readonly by: number; readonly atMs: number }[]
}

export const NO_HISTORY: ScalingHistory = { recommendations: [], changes: [] }

export interface Told {
  readonly reason: string
  readonly message: string
}

export interface RuledReplicas {
  readonly replicas: number
  readonly history: ScalingHistory
  /** What the conditions AbleToScale and ScalingLimited say. */
  readonly able: Told
  readonly limited: Told & { readonly holds: boolean }
}

/** The number of Pods that bounds and rules allow on the way to the recommended one. */
export function applyRules(
  { spec }: HorizontalPodAutoscaler,
  currentReplicas: number,
  recommended: number,
  before: ScalingHistory,
  nowMs: number,
): RuledReplicas {
  const up = { ...DEFAULTS.scaleUp, ...spec.behavior?.scaleUp }
  const down = { ...DEFAULTS.scaleDown, ...spec.behavior?.scaleDown }
  const recent = <T extends { readonly atMs: number }>(list: readonly T[]): readonly T[] =>
    list.filter(({ atMs }) => nowMs - atMs <= REMEMBERED_MS)
  const history: ScalingHistory = {
    recommendations: [...recent(before.recommendations), { replicas: recommended, atMs: nowMs }],
    changes: recent(before.changes),
  }
  const stable = stabilize(currentReplicas, recommended, { up, down }, history, nowMs)
  const { minReplicas, maxReplicas } = spec
  const grows = stable.replicas > currentReplicas
  const rate = grows
    ? Math.max(currentReplicas, rateLimit(up, currentReplicas, history, nowMs, 'up'))
    : Math.min(currentReplicas, rateLimit(down, currentReplicas, history, nowMs, 'down'))
  const bounded = bound(stable.replicas, { grows, rate, minReplicas, maxReplicas })
  return { ...bounded, history, able: stable.able }
}

interface Stable {
  readonly replicas: number
  readonly able: Told
}

/** Follows the least of the recent recommendations up, and the most of them down. */
function stabilize(
  current: number,
  recommended: number,
  { up, down }: { readonly up: Rules; readonly down: Rules },
  { recommendations }: ScalingHistory,
  nowMs: number,
): Stable {
  const within = (seconds = 0): readonly number[] =>
    recommendations
      .filter(({ atMs }) => nowMs - atMs <= seconds * 1000)
      .map(({ replicas }) => replicas)
  const lowest = Math.min(recommended, ...within(up.stabilizationWindowSeconds))
  const highest = Math.max(recommended, ...within(down.stabilizationWindowSeconds))
  const replicas = Math.max(Math.min(current, highest), lowest)
  if (replicas > recommended) {
    return { replicas, able: told('ScaleDownStabilized', 'higher', 'highest') }
  }
  if (replicas < recommended) {
    return { replicas, able: told('ScaleUpStabilized', 'lower', 'lowest') }
  }
  const message = 'recommended size matches current size'
  return { replicas, able: { reason: 'ReadyForNewScale', message } }
}

function told(reason: string, comparative: string, superlative: string): Told {
  const message = `recent recommendations were ${comparative} than current one, applying the ${superlative} recent recommendation`
  return { reason, message }
}

/** How far the policies let the number of Pods go. */
function rateLimit(
  { policies = [], selectPolicy }: Rules,
  current: number,
  { changes }: ScalingHistory,
  nowMs: number,
  direction: 'up' | 'down',
): number {
  if (selectPolicy === 'Disabled') return current
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const changed = changes
      .filter(
        ({ by, atMs }) => by > 0 === (direction === 'up') && nowMs - atMs < periodSeconds * 1000,
      )
      .reduce((sum, { by }) => sum + by, 0)
    // Counted from where the period began.
    const start = current - changed
    if (direction === 'up') {
      return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100))
    }
    return type === 'Pods' ? start - value : Math.floor(start * (1 - value / 100))
  })
  if (limits.length === 0) return current
  const isWidest = (selectPolicy ?? 'Max') === 'Max'
  return isWidest === (direction === 'up') ? Math.max(...limits) : Math.min(...limits)
}

interface Bounds {
  readonly grows: boolean
  readonly rate: number
  readonly minReplicas: number
  readonly maxReplicas: number
}

function bound(
  wanted: number,
  { grows, rate, minReplicas, maxReplicas }: Bounds,
): Pick<RuledReplicas, 'replicas' | 'limited'> {
  const limited = (replicas: number, reason: string, message: string) => ({
    replicas,
    limited: { holds: true, reason, message },
  })
  if (grows && wanted > Math.min(rate, maxReplicas)) {
    return rate < maxReplicas
      ? limited(
          rate,
          'ScaleUpLimit',
          'the desired replica count is increasing faster than the maximum scale rate',
        )
      : limited(
          maxReplicas,
          'TooManyReplicas',
          'the desired replica count is more than the maximum replica count',
        )
  }
  if (!grows && wanted < Math.max(rate, minReplicas)) {
    return rate > minReplicas
      ? limited(
          rate,
          'ScaleDownLimit',
          'the desired replica count is decreasing faster than the maximum scale rate',
        )
      : limited(
          minReplicas,
          'TooFewReplicas',
          'the desired replica count is less than the minimum replica count',
        )
  }
  const message = 'the desired count is within the acceptable range'
  return { replicas: wanted, limited: { holds: false, reason: 'DesiredWithinRange', message } }
}
