import type { Node } from '../../api/core/v1/node.ts'
import { isNodeReady } from '../common/node-health.ts'

/**
 * How fast Pods are driven off failing nodes. Where many nodes of a zone fail at once, it is more likely that the
 * network between them and this controller does, and moving everything would only make that worse.
 * See https://kubernetes.io/docs/concepts/architecture/nodes/#rate-limits-on-eviction
 */
export interface EvictionRates {
  /** Nodes a second in a healthy zone. */
  readonly normalPerSecond: number
  /** Nodes a second in a large zone of which many nodes fail; none at all in a small one. */
  readonly reducedPerSecond: number
  /** Zones with more nodes than these are large. */
  readonly largeZoneNodes: number
  /** The share of nodes whose failure disrupts a zone. */
  readonly disruptedShare: number
}

export const EVICTION_RATES: EvictionRates = {
  normalPerSecond: 0.1,
  reducedPerSecond: 0.01,
  largeZoneNodes: 50,
  disruptedShare: 0.55,
}

const FAILED_MIN = 3 // Fewer failing nodes disrupt no zone, whatever their share.

export interface ZoneCounts {
  readonly ready: number
  readonly failed: number
}

type ZoneState = 'normal' | 'partly disrupted' | 'disrupted'

/** The zone of a node: its region and zone, by its labels. */
export function zoneOf({ metadata }: Node): string {
  const { labels = {} } = metadata
  return `${labels['topology.kubernetes.io/region'] ?? ''}:${labels['topology.kubernetes.io/zone'] ?? ''}`
}

export function isFailed(node: Node): boolean {
  return !isNodeReady(node)
}

function zoneState({ ready, failed }: ZoneCounts, { disruptedShare }: EvictionRates): ZoneState {
  if (ready === 0 && failed > 0) return 'disrupted'
  const share = failed / (ready + failed)
  return failed >= FAILED_MIN && share >= disruptedShare ? 'partly disrupted' : 'normal'
}

/** Whether nothing is ready anywhere: there is nowhere to go. */
export function isAllDisrupted(all: readonly ZoneCounts[]): boolean {
  return all.every(({ ready, failed }) => ready === 0 && failed > 0)
}

/** How many nodes of a zone may be emptied in a second. */
export function evictionRate(
  zone: ZoneCounts,
  all: readonly ZoneCounts[],
  rates: EvictionRates,
): number {
  if (isAllDisrupted(all)) return 0
  if (zoneState(zone, rates) !== 'partly disrupted') return rates.normalPerSecond
  return zone.ready + zone.failed > rates.largeZoneNodes ? rates.reducedPerSecond : 0
}

/** Lets nodes of a zone be emptied one after the other, at a rate that may change. */
export class EvictionTurns {
  readonly #lastMs = new Map<string, number>()

  /** How long until another node of the zone may be emptied, in milliseconds; undefined where none may. */
  msUntilNext(zone: string, perSecond: number, nowMs: number): number | undefined {
    if (perSecond === 0) return undefined
    const lastMs = this.#lastMs.get(zone)
    return lastMs === undefined ? 0 : Math.max(0, lastMs + 1000 / perSecond - nowMs)
  }

  take(zone: string, nowMs: number): void {
    this.#lastMs.set(zone, nowMs)
  }
}
