import type { ServicePort } from '../api/core/v1/service.ts'
import type { Endpoint, EndpointSlice } from '../api/discovery/v1/endpoint-slice.ts'

/** Where one connection to a Service may go. */
export interface Backend {
  readonly address: string
  readonly port: number
  /** On this node. */
  readonly local: boolean
}

/** Where the proxy works. */
export interface Place {
  readonly nodeName: string
  /** The zone of the node, where it has one. */
  readonly zone?: string
}

/** A backend that traffic may be sent to in some circumstances. */
export interface Candidate extends Backend {
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  readonly hints: Endpoint['hints']
}

/** The endpoints of one port of a Service that its slices name, in a fixed order. */
export function candidatesOf(
  slices: readonly EndpointSlice[],
  wanted: Pick<ServicePort, 'name' | 'protocol'>,
  { nodeName }: Place,
): readonly Candidate[] {
  // One address may stand in two slices for a moment, while it moves from one to the other.
  const found = new Map<string, Candidate>()
  for (const slice of slices) {
    for (const { port, name, protocol } of slice.ports ?? []) {
      if ((name ?? '') !== (wanted.name ?? '') || protocol !== wanted.protocol) continue
      if (port === undefined) continue
      for (const endpoint of slice.endpoints) {
        const candidate = candidateOf(endpoint, port, nodeName)
        const key = candidate && `${candidate.address} ${port}`
        if (key !== undefined && !found.get(key)?.ready) found.set(key, candidate!)
      }
    }
  }
  return [...found.values()].toSorted(
    (a, b) => compareText(a.address, b.address) || a.port - b.port,
  )
}

function candidateOf(
  { addresses, conditions, nodeName, hints }: Endpoint,
  port: number,
  thisNode: string,
): Candidate | undefined {
  const address = addresses[0]
  if (address === undefined) return undefined
  const ready = conditions?.ready !== false
  const serving = conditions?.serving ?? ready
  const terminating = conditions?.terminating === true
  return { address, port, local: nodeName === thisNode, ready, serving, terminating, hints }
}

/** The ready ones; while none is, those that still serve though they are terminating (KEP-1669). */
export function usable(candidates: readonly Candidate[]): readonly Candidate[] {
  return usableOf(candidates, readyOf(candidates))
}

/**
 * The usable ones that clients on this node are to prefer: where all that are ready tell for which nodes they are, and
 * one is for this node, those (KEP-3015); likewise for zones (KEP-2433). Else all.
 */
export function preferred(candidates: readonly Candidate[], place: Place): readonly Candidate[] {
  const ready = readyOf(candidates)
  return (
    hinted(ready, ({ hints }) => hints?.forNodes, place.nodeName) ??
    hinted(ready, ({ hints }) => hints?.forZones, place.zone) ??
    usableOf(candidates, ready)
  )
}

function readyOf(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter((each) => each.ready)
}

function usableOf(
  candidates: readonly Candidate[],
  ready: readonly Candidate[],
): readonly Candidate[] {
  if (ready.length > 0) return ready
  return candidates.filter(({ serving, terminating }) => serving && terminating)
}

function hinted(
  candidates: readonly Candidate[],
  hintsOf: (candidate: Candidate) => readonly { readonly name: string }[] | undefined,
  here: string | undefined,
): readonly Candidate[] | undefined {
  if (here === undefined || candidates.some((each) => (hintsOf(each) ?? []).length === 0))
    return undefined
  const chosen = candidates.filter((each) => hintsOf(each)!.some(({ name }) => name === here))
  return chosen.length > 0 ? chosen : undefined
}

/** How many ready endpoints a Service has on this node; a Pod of two families, with an address in each, is one. */
export function localReadyCount(slices: readonly EndpointSlice[], { nodeName }: Place): number {
  const families = Map.groupBy(slices, ({ addressType }) => addressType)
  const counts = [...families.values()].map((ofFamily) => {
    const local = ofFamily
      .flatMap(({ endpoints }) => endpoints)
      .filter((each) => each.nodeName === nodeName && each.conditions?.ready !== false)
    return new Set(local.map(({ addresses }) => addresses[0])).size
  })
  return Math.max(0, ...counts)
}

export function toBackend({ address, port, local }: Candidate): Backend {
  return { address, port, local }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
