import type { Node } from '../../api/core/v1/node.ts'
import type { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { quantityMilliValue } from '../../schema/quantity.ts'
import { isNodeReady } from '../common/node-health.ts'
import { endpointKey, ZONE_LABEL, type AddressType, type PortGroup } from './slice-endpoints.ts'
import { zoneHints, type ZoneShares } from './zone-hints.ts'

const CONTROL_PLANE = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master']

/** What of a node counts for the shares of zones. */
export function zoneFacts(
  node: Node,
): { readonly zone: string; readonly milliCpus: number } | undefined {
  const { labels = {} } = node.metadata
  if (!isNodeReady(node) || CONTROL_PLANE.some((label) => label in labels)) return undefined
  const { allocatable = {} } = node.status
  return { zone: labels[ZONE_LABEL] ?? '', milliCpus: quantityMilliValue(allocatable['cpu']) }
}

/** The part of each zone; undefined where it is not known of all nodes, or there is only one zone. */
export function zoneShares(nodes: readonly Node[]): ZoneShares | undefined {
  const milliCpus = new Map<string, number>()
  for (const facts of nodes.map(zoneFacts)) {
    if (!facts) continue
    if (facts.zone === '' || facts.milliCpus === 0) return undefined
    milliCpus.set(facts.zone, (milliCpus.get(facts.zone) ?? 0) + facts.milliCpus)
  }
  const all = [...milliCpus.values()].reduce((sum, each) => sum + each, 0)
  return milliCpus.size < 2
    ? undefined
    : new Map([...milliCpus].map(([zone, each]) => [zone, each / all]))
}

export interface HintedGroups {
  readonly groups: readonly PortGroup[]
  /** What the Service is to be told, where something is new. */
  readonly event?: {
    readonly type: 'Normal' | 'Warning'
    readonly reason: string
    readonly message: string
  }
}

/** The endpoints of one address type with hints for zones, or without any where there can be none. */
export function withZoneHints(
  type: AddressType,
  groups: readonly PortGroup[],
  existing: readonly EndpointSlice[],
  shares: ZoneShares | undefined,
): HintedGroups {
  const known = new Map(
    existing.flatMap(({ endpoints }) =>
      endpoints.flatMap((each) => {
        const zone = each.hints?.forZones?.[0]?.name
        return zone === undefined ? [] : [[endpointKey(each), zone] as const]
      }),
    ),
  )
  const endpoints = groups.flatMap((group) => group.endpoints)
  const hints = zoneHints(endpoints, shares, (each) => known.get(endpointKey(each)))
  const message = (text: string): string => `${text}, addressType: ${type}`
  if ('problem' in hints) {
    const reason = 'TopologyAwareHintsDisabled'
    return { groups, event: { type: 'Warning', reason, message: message(hints.problem) } }
  }
  const hinted = groups.map((group) => ({
    ...group,
    endpoints: group.endpoints.map((endpoint) => {
      const zone = hints.zones.get(endpoint)
      return zone === undefined ? endpoint : { ...endpoint, hints: { forZones: [{ name: zone }] } }
    }),
  }))
  if (known.size > 0) return { groups: hinted }
  const reason = 'TopologyAwareHintsEnabled'
  const text = message('Topology Aware Hints has been enabled')
  return { groups: hinted, event: { type: 'Normal', reason, message: text } }
}
