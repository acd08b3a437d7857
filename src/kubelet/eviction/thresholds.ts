import { parseDuration } from '../../apimachinery/durations.ts'
import { parseQuantity, quantityValue } from '../../schema/quantity.ts'
import type { Observation, Observations, Signal } from './signals.ts'

/** An amount, or a share of what there is. */
export type ThresholdValue = { readonly amount: number } | { readonly share: number }

/** When there is too little of something. */
export interface Threshold {
  readonly signal: Signal
  readonly value: ThresholdValue
  /** How long there must be too little before anything is done; 0 for a hard threshold. */
  readonly graceMs: number
  readonly isHard: boolean
  /** How much more than the threshold is to be made free. */
  readonly reclaim?: ThresholdValue | undefined
}

/** What the configuration file says of eviction. */
export interface ThresholdSettings {
  readonly evictionHard?: Readonly<Record<string, string>>
  readonly evictionSoft?: Readonly<Record<string, string>>
  readonly evictionSoftGracePeriod?: Readonly<Record<string, string>>
  readonly evictionMinimumReclaim?: Readonly<Record<string, string>>
  readonly mergeDefaultEvictionSettings?: boolean
}

const DEFAULT_HARD: Readonly<Record<string, string>> = {
  'memory.available': '100Mi',
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '15%',
  'imagefs.inodesFree': '5%',
}

/** Reads `100Mi` or `10%`; undefined where it is neither, or negative. */
export function parseThresholdValue(text: string): ThresholdValue | undefined {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)
  if (percent) return Number(percent[1]) <= 100 ? { share: Number(percent[1]) / 100 } : undefined
  const quantity = parseQuantity(text)
  return quantity && quantity.nano >= 0n ? { amount: quantityValue(text) } : undefined
}

/**
 * The thresholds that a valid configuration sets. One of zero says that its signal does not matter. What containers write
 * is on the disk of `nodefs` or `imagefs`, whose thresholds hold for it: it has none of its own (KEP-4191).
 */
export function thresholdsOf(settings: ThresholdSettings): readonly Threshold[] {
  const { evictionHard, evictionSoft = {}, evictionSoftGracePeriod = {} } = settings
  const { evictionMinimumReclaim: reclaim = {}, mergeDefaultEvictionSettings: merges } = settings
  const defaults = !evictionHard || merges ? DEFAULT_HARD : {}
  const made = (
    all: Readonly<Record<string, string>>,
    more: (signal: string) => Pick<Threshold, 'graceMs' | 'isHard'>,
  ): Threshold[] =>
    Object.entries(all).map(([signal, text]) => ({
      signal: signal as Signal,
      value: parseThresholdValue(text)!,
      reclaim: signal in reclaim ? parseThresholdValue(reclaim[signal]!) : undefined,
      ...more(signal),
    }))
  return [
    ...made({ ...defaults, ...evictionHard }, () => ({ graceMs: 0, isHard: true })),
    ...made(evictionSoft, (signal) => ({
      graceMs: parseDuration(evictionSoftGracePeriod[signal] ?? '0s'),
      isHard: false,
    })),
  ]
    .filter(({ value }) => ('amount' in value ? value.amount : value.share) > 0)
    .filter(({ signal }) => !signal.startsWith('containerfs'))
}

/** The same as an amount of what there is. */
export function amountOf(value: ThresholdValue, { capacity }: Observation): number {
  return 'amount' in value ? value.amount : Math.floor(value.share * capacity)
}

/** Whether there is too little; or still, where `reclaims`: then what is to be reclaimed counts too. */
export function isMet(
  { signal, value, reclaim }: Threshold,
  observations: Observations,
  reclaims: boolean,
): boolean {
  const observed = observations[signal]
  if (!observed) return false
  const more = reclaims && reclaim ? amountOf(reclaim, observed) : 0
  return observed.available < amountOf(value, observed) + more
}
