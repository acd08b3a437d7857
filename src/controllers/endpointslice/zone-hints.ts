import type { Endpoint } from './slice-endpoints.ts'

/** What part each zone has of the processors of a cluster; there are two at least, and together they are 1. */
export type ZoneShares = ReadonlyMap<string, number>

/** The zone that each ready endpoint is for, or why there are none. */
export type ZoneHints =
  | { readonly zones: ReadonlyMap<Endpoint, string> }
  | { readonly problem: string }

const OVERLOAD_MAX = 0.2 // How much more than its part of the traffic an endpoint may get.

/**
 * Tells for which zone each ready endpoint is, so that clients find endpoints in their own zone and none is asked much
 * more than the others (KEP-2433): as many in each zone as the zone has of the processors. What an endpoint was for,
 * it is for still where that leaves enough for others.
 */
export function zoneHints(
  endpoints: readonly Endpoint[],
  shares: ZoneShares | undefined,
  before: (endpoint: Endpoint) => string | undefined,
): ZoneHints {
  const ready = endpoints.filter(({ conditions }) => conditions?.ready === true)
  const wanted = allocate(ready.length, shares)
  if ('problem' in wanted) return wanted
  const zones = new Map<Endpoint, string>()
  const counts = new Map<string, number>()
  const assign = (endpoint: Endpoint, zone: string): void => {
    const was = zones.get(endpoint)
    if (was !== undefined) counts.set(was, counts.get(was)! - 1)
    counts.set(zone, (counts.get(zone) ?? 0) + 1)
    zones.set(endpoint, zone)
  }
  for (const endpoint of ready) {
    const zone = before(endpoint)
    const most = zone === undefined ? undefined : wanted.get(zone)?.most
    if (most !== undefined && (counts.get(zone!) ?? 0) < most) assign(endpoint, zone!)
  }
  const fresh = ready.filter((endpoint) => !zones.has(endpoint))
  for (const endpoint of fresh) {
    if (!endpoint.zone) return { problem: 'One or more endpoints do not have a zone specified' }
    assign(endpoint, endpoint.zone)
  }
  const { giving, receiving } = exchange(wanted, counts)
  // Those that were for no zone yet move first.
  for (const endpoint of new Set([...fresh, ...ready])) {
    const from = zones.get(endpoint)!
    const [to] = receiving.keys()
    if (to === undefined || !giving.has(from)) continue
    takeOne(giving, from)
    takeOne(receiving, to)
    assign(endpoint, to)
  }
  return { zones }
}

/** How many endpoints a zone is to have. */
interface Allocation {
  readonly least: number
  readonly desired: number
  readonly most: number
}

const NONE: Allocation = { least: 0, desired: 0, most: 0 } // Of a zone without nodes.

/** How many endpoints each zone is to have. */
function allocate(
  count: number,
  shares: ZoneShares | undefined,
): ReadonlyMap<string, Allocation> | { readonly problem: string } {
  if (!shares) {
    return {
      problem:
        'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes',
    }
  }
  const told = `(${count} endpoints, ${shares.size} zones)`
  if (shares.size > count) return { problem: `Insufficient number of endpoints ${told}` }
  const all = Array.from(shares, ([zone, share]) => {
    const part = share * count
    const least = Math.ceil(part / (1 + OVERLOAD_MAX))
    return { zone, least, desired: Math.max(part, least) }
  })
  const left = all.reduce((rest, { least }) => rest - least, count)
  if (left < 0) {
    return {
      problem: `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${told}`,
    }
  }
  return new Map(all.map(({ zone, ...some }) => [zone, { ...some, most: some.least + left }]))
}

/** How many endpoints zones are to give, and how many others to receive. */
function exchange(
  wanted: ReadonlyMap<string, Allocation>,
  assigned: ReadonlyMap<string, number>,
): { readonly giving: Map<string, number>; readonly receiving: Map<string, number> } {
  const zones = new Set([...wanted.keys(), ...assigned.keys()])
  const counts = new Map(Array.from(zones, (zone) => [zone, assigned.get(zone) ?? 0]))
  const allocation = (zone: string): Allocation => wanted.get(zone) ?? NONE
  const excess = (zone: string): number => counts.get(zone)! - allocation(zone).desired
  const spare = (zone: string): number => counts.get(zone)! - allocation(zone).least
  const [giving, receiving] = [new Map<string, number>(), new Map<string, number>()]
  for (;;) {
    const byExcess = [...zones].toSorted((a, b) => excess(b) - excess(a) || (a < b ? -1 : 1))
    const poor = byExcess.findLast((zone) => spare(zone) < 0)
    const from = byExcess.find((zone) => spare(zone) > 0)
    const to = poor ?? byExcess.at(-1)!
    const isEven = from === undefined || isNear(excess(from), -excess(to))
    if (from === undefined || (poor === undefined && isEven)) return { giving, receiving }
    counts.set(from, counts.get(from)! - 1)
    counts.set(to, counts.get(to)! + 1)
    giving.set(from, (giving.get(from) ?? 0) + 1)
    receiving.set(to, (receiving.get(to) ?? 0) + 1)
  }
}

/** Whether zones that have and lack so many are better left alone. */
function isNear(tooMany: number, tooFew: number): boolean {
  return (tooMany < 1 && tooFew < 1) || tooMany < 0.5 || tooFew < 0.5
}

function takeOne(counts: Map<string, number>, zone: string): void {
  const left = counts.get(zone)! - 1
  if (left > 0) counts.set(zone, left)
  else counts.delete(zone)
}
