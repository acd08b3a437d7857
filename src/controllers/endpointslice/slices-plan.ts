import type { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { equal } from '../../apimachinery/equality.ts'
import {
  endpointKey,
  portsKey,
  type AddressType,
  type Endpoint,
  type EndpointPort,
  type PortGroup,
} from './slice-endpoints.ts'

/** How many endpoints a slice holds. */
const ENDPOINTS_MAX = 100

/** What a slice is to hold. */
export interface SliceContent {
  readonly addressType: AddressType
  readonly ports: readonly EndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

export interface SlicesPlan {
  readonly create: readonly SliceContent[]
  readonly update: readonly (readonly [EndpointSlice, SliceContent])[]
  readonly remove: readonly EndpointSlice[]
}

/**
 * How to get from the slices of one address type that there are to ones that hold `groups`, with few writes: endpoints
 * stay where they are, and new ones first fill slices that must be written anyway. `isStale` tells whether a slice must
 * be written for another reason.
 */
export function planSlices(
  addressType: AddressType,
  groups: readonly PortGroup[],
  existing: readonly EndpointSlice[],
  isStale: (slice: EndpointSlice) => boolean = () => false,
  endpointsMax = ENDPOINTS_MAX,
): SlicesPlan {
  const byPorts = Map.groupBy(existing, ({ ports }) => portsKey(ports))
  const wanted = new Set(groups.map(({ ports }) => portsKey(ports)))
  const plans = groups.map((group) =>
    planGroup(addressType, group, byPorts.get(portsKey(group.ports)) ?? [], isStale, endpointsMax),
  )
  const unwanted = existing.filter(({ ports }) => !wanted.has(portsKey(ports)))
  return reuse(
    withPlaceholder(
      {
        create: plans.flatMap(({ create }) => create),
        update: plans.flatMap(({ update }) => update),
        remove: [...plans.flatMap(({ remove }) => remove), ...unwanted],
      },
      addressType,
      existing,
      isStale,
    ),
  )
}

interface Draft {
  readonly slice: EndpointSlice
  readonly endpoints: Endpoint[]
  isChanged: boolean
}

function planGroup(
  addressType: AddressType,
  { ports, endpoints }: PortGroup,
  existing: readonly EndpointSlice[],
  isStale: (slice: EndpointSlice) => boolean,
  endpointsMax: number,
): SlicesPlan {
  const left = new Map(endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]))
  const drafts = existing.map((slice) => keepEndpoints(slice, left, isStale(slice)))
  const rest = [...left.values()]

  // Fullest first, so that slices fill up instead of all being half empty.
  const open = drafts
    .filter(({ isChanged, endpoints: kept }) => isChanged && kept.length > 0)
    .toSorted((a, b) => b.endpoints.length - a.endpoints.length)
  for (const { endpoints: kept } of open) kept.push(...rest.splice(0, endpointsMax - kept.length))
  if (rest.length > 0) {
    const roomy = drafts
      .filter((draft) => !draft.isChanged && draft.endpoints.length + rest.length <= endpointsMax)
      .toSorted((a, b) => b.endpoints.length - a.endpoints.length)[0]
    if (roomy) {
      roomy.endpoints.push(...rest.splice(0))
      roomy.isChanged = true
    }
  }
  const create: SliceContent[] = []
  while (rest.length > 0) {
    create.push({ addressType, ports, endpoints: rest.splice(0, endpointsMax) })
  }
  return {
    create,
    update: drafts
      .filter((draft) => draft.isChanged && draft.endpoints.length > 0)
      .map((draft) => [draft.slice, { addressType, ports, endpoints: draft.endpoints }] as const),
    remove: drafts.filter((draft) => draft.endpoints.length === 0).map(({ slice }) => slice),
  }
}

/** Takes the endpoints of a slice that are still wanted, as they are now, out of `left`. */
function keepEndpoints(slice: EndpointSlice, left: Map<string, Endpoint>, isStale: boolean): Draft {
  const endpoints: Endpoint[] = []
  let isChanged = isStale
  for (const before of slice.endpoints) {
    const after = left.get(endpointKey(before))
    left.delete(endpointKey(before))
    if (after) endpoints.push(after)
    isChanged ||= !after || !equal(after, before)
  }
  return { slice, endpoints, isChanged }
}

/** A Service without endpoints keeps one empty slice, so that others see that somebody takes care of it. */
function withPlaceholder(
  plan: SlicesPlan,
  addressType: AddressType,
  existing: readonly EndpointSlice[],
  isStale: (slice: EndpointSlice) => boolean,
): SlicesPlan {
  const isEmpty = plan.create.length === 0 && plan.remove.length === existing.length
  if (!isEmpty) return plan
  const kept = plan.remove.find(
    (slice) => slice.endpoints.length === 0 && slice.ports.length === 0 && !isStale(slice),
  )
  if (kept) return { ...plan, remove: plan.remove.filter((slice) => slice !== kept) }
  return { ...plan, create: [{ addressType, ports: [], endpoints: [] }] }
}

/** A slice that would go away takes the place of one that would be made. */
function reuse({ create, update, remove }: SlicesPlan): SlicesPlan {
  const usable = remove.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const pairs = create.slice(0, usable.length).map((each, i) => [usable[i]!, each] as const)
  const used = new Set(pairs.map(([slice]) => slice))
  return {
    create: create.slice(pairs.length),
    update: [...update, ...pairs],
    remove: remove.filter((slice) => !used.has(slice)),
  }
}
