import type { Pod } from '../../api/core/v1/pod.ts'
import { nftName, type NftFragment } from '../../base/nft-table.ts'
import {
  INGRESS_CHAIN,
  namedPort,
  policyChain,
  setsOf,
  type Direction,
  type NamedPort,
} from './policy-rules.ts'

export interface PodRole {
  /** What rules mean this Pod by. */
  readonly peers: readonly { readonly id: string }[]
  /** Whether rules look at a named port. */
  readonly hasPort: (port: NamedPort) => boolean
  /** The policies that select it, on this node. */
  readonly policies: readonly {
    readonly key: string
    readonly rules: ReadonlyMap<Direction, readonly string[]>
  }[]
}

interface PodAddress {
  readonly ip: string
  readonly family: 'ip' | 'ip6'
  readonly suffix: '4' | '6'
}

/** What the table holds for one Pod: its addresses in the sets that mean it, and its own chains where it is selected. */
export function podFragment(pod: Pod, { peers, hasPort, policies }: PodRole): NftFragment {
  const addresses = addressesOf(pod)
  const elements = new Map<string, Map<string, string>>()
  const put = (holder: string, key: string, value = ''): void => {
    const held = elements.get(holder) ?? new Map<string, string>()
    elements.set(holder, held.set(key, value))
  }
  const chains = new Map<string, readonly string[]>()
  for (const { ip, family } of addresses) {
    for (const peer of peers) put(setsOf(peer)[family], ip)
    for (const { name, protocol, containerPort } of portsOf(pod)) {
      const port = namedPort(protocol, name)
      if (hasPort(port)) put(setsOf(port)[family], `${ip} . ${containerPort}`)
    }
    if (policies.length > 0) put(family === 'ip' ? 'isolated-4' : 'isolated-6', ip)
  }
  for (const direction of ['ingress', 'egress'] as const) {
    const limiting = policies
      .filter(({ rules }) => rules.has(direction))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    if (limiting.length === 0) continue
    const chain = `${direction}-of-${nftName(`${pod.metadata.namespace}/${pod.metadata.name}`)}`
    chains.set(chain, [
      ...addresses.map((address) => toItself(address, direction)),
      ...limiting.map(({ key }) => `jump ${policyChain(key, direction)}`),
      'drop',
    ])
    for (const { ip, suffix } of addresses) put(`${direction}-${suffix}`, ip, `goto ${chain}`)
  }
  return { chains, elements }
}

// A Pod cannot block access to itself.
function toItself({ ip, family }: PodAddress, direction: Direction): string {
  return direction === 'ingress'
    ? `ct original ${family} saddr ${ip} accept`
    : `ct reply ${family} saddr ${ip} goto ${INGRESS_CHAIN}`
}

function addressesOf({ status }: Pod): readonly PodAddress[] {
  return (status.podIPs ?? []).map(({ ip }) =>
    ip.includes(':') ? { ip, family: 'ip6', suffix: '6' } : { ip, family: 'ip', suffix: '4' },
  )
}

function portsOf({ spec }: Pod) {
  // Sidecars serve too; other init containers end before the Pod has anything to serve.
  const sidecars = (spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always')
  return [...spec.containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(({ name, protocol, containerPort }) =>
      name === undefined || name === '' ? [] : [{ name, protocol, containerPort }],
    ),
  )
}
