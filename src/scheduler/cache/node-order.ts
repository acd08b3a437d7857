import type { NodeInfo } from './node-info.ts'

/** The nodes zone by zone in turn, so that a search that stops early has looked into every zone. */
export function interleaveZones(nodes: readonly NodeInfo[]): readonly NodeInfo[] {
  const zones = Map.groupBy(nodes, zoneOf)
  if (zones.size <= 1) return nodes
  const order: NodeInfo[] = []
  const lists = [...zones.values()]
  for (let i = 0; order.length < nodes.length; i += 1) {
    for (const list of lists) {
      const node = list[i]
      if (node) order.push(node)
    }
  }
  return order
}

function zoneOf({ labels }: NodeInfo): string {
  const region = labels['topology.kubernetes.io/region'] ?? ''
  const zone = labels['topology.kubernetes.io/zone'] ?? ''
  return `${region}:${zone}`
}
