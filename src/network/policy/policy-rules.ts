import ipaddr from 'ipaddr.js'
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../../api/networking/v1/network-policy.ts'
import { selectorFrom, type Selector } from '../../apimachinery/labels.ts'
import { nftName } from '../../base/nft-table.ts'

export type Direction = 'ingress' | 'egress'

/** Pods of some namespaces: of one, or of those with certain labels. */
export interface PodPeers {
  /** The same for the same Pods, whichever policy asks for them. */
  readonly id: string
  readonly namespaces: { readonly name: string } | { readonly labels: Selector }
  readonly pods: Selector
}

/** A port that Pods name; its number may be another one in each Pod. */
export interface NamedPort {
  readonly id: string
  readonly protocol: string
  readonly name: string
}

/** A policy as it can be put in force: what it selects, what it lets pass, and the sets that its rules look at. */
export interface PolicyRules {
  readonly selects: Selector
  /** The rules of each direction that the policy limits. */
  readonly rules: ReadonlyMap<Direction, readonly string[]>
  readonly peers: readonly PodPeers[]
  readonly ports: readonly NamedPort[]
}

/** Where egress goes on once it is allowed: the other end's policies have a say too. */
export const INGRESS_CHAIN = 'ingress'

/** The chain of one direction of a policy, whose key is `NAMESPACE/NAME`. */
export function policyChain(key: string, direction: Direction): string {
  return `policy-${nftName(key)}-${direction}`
}

const FAMILIES = [
  { family: 'ip', suffix: '4' },
  { family: 'ip6', suffix: '6' },
] as const

/**
 * Translates a NetworkPolicy. Each packet is looked at by what its connection is, not by its own addresses: so an answer
 * passes exactly as long as the question does, and a new policy cuts connections that it does not allow. The client is
 * the source of the original direction (before this node's masquerading), the server the source of the replies (after
 * the translation of a Service's address).
 */
export function policyRules({ metadata, spec }: NetworkPolicy): PolicyRules {
  const peers = new Map<string, PodPeers>()
  const ports = new Map<string, NamedPort>()
  const rules = new Map<Direction, readonly string[]>()
  const translate = (
    direction: Direction,
    from: readonly NetworkPolicyPeer[] = [],
    to: readonly NetworkPolicyPort[] = [],
  ): readonly string[] => {
    const verdict = direction === 'ingress' ? 'accept' : `goto ${INGRESS_CHAIN}`
    const matches =
      from.length === 0
        ? ANY_PEER
        : from.flatMap((peer) => peerMatches(peer, metadata.namespace, direction, peers))
    return matches.flatMap(({ text, families }) =>
      portMatches(to, families, ports).map((port) =>
        [text, port, verdict].filter((part) => part !== '').join(' '),
      ),
    )
  }
  const types = spec.policyTypes ?? ['Ingress', ...(spec.egress ? ['Egress'] : [])]
  if (types.includes('Ingress'))
    rules.set(
      'ingress',
      (spec.ingress ?? []).flatMap((rule) => translate('ingress', rule.from, rule.ports)),
    )
  if (types.includes('Egress'))
    rules.set(
      'egress',
      (spec.egress ?? []).flatMap((rule) => translate('egress', rule.to, rule.ports)),
    )
  return {
    selects: selectorFrom(spec.podSelector),
    rules,
    peers: [...peers.values()],
    ports: [...ports.values()],
  }
}

/** The names of the sets that hold a peer's or a port's addresses, in the two families. */
export function setsOf({ id }: { readonly id: string }): {
  readonly ip: string
  readonly ip6: string
} {
  return { ip: `${id}-4`, ip6: `${id}-6` }
}

interface PeerMatch {
  readonly text: string
  readonly families: readonly (typeof FAMILIES)[number][]
}

const ANY_PEER: readonly PeerMatch[] = [{ text: '', families: FAMILIES }]

function peerMatches(
  { ipBlock, podSelector, namespaceSelector }: NetworkPolicyPeer,
  namespace: string,
  direction: Direction,
  peers: Map<string, PodPeers>,
): readonly PeerMatch[] {
  const end = direction === 'ingress' ? 'original' : 'reply'
  if (ipBlock) return [blockMatch(ipBlock, end)]
  const id = `pods-${nftName(JSON.stringify([namespaceSelector ?? namespace, podSelector ?? {}]))}`
  const peer: PodPeers = {
    id,
    namespaces: namespaceSelector
      ? { labels: selectorFrom(namespaceSelector) }
      : { name: namespace },
    pods: selectorFrom(podSelector ?? {}),
  }
  peers.set(id, peer)
  return FAMILIES.map((each) => ({
    text: `ct ${end} ${each.family} saddr @${setsOf(peer)[each.family]}`,
    families: [each],
  }))
}

function blockMatch({ cidr, except = [] }: IPBlock, end: 'original' | 'reply'): PeerMatch {
  const each = ipaddr.parseCIDR(cidr)[0].kind() === 'ipv4' ? FAMILIES[0] : FAMILIES[1]
  const address = `ct ${end} ${each.family} saddr`
  // A prefix of no bits is nothing that nftables can compare.
  const within = cidr.endsWith('/0')
    ? `meta nfproto ${each.family === 'ip' ? 'ipv4' : 'ipv6'}`
    : `${address} ${cidr}`
  const outside = except.map((range) => `${address} != ${range}`)
  return { text: [within, ...outside].join(' '), families: [each] }
}

/** One match for all numbers of a protocol, and one for each named port in each family. */
function portMatches(
  ports: readonly NetworkPolicyPort[],
  families: PeerMatch['families'],
  named: Map<string, NamedPort>,
): readonly string[] {
  if (ports.length === 0) return ['']
  const byProtocol = Map.groupBy(ports, ({ protocol }) => (protocol ?? 'TCP').toLowerCase())
  return [...byProtocol].flatMap(([protocol, all]) => {
    const match = `meta l4proto ${protocol}`
    if (all.some(({ port }) => port === undefined)) return [match]
    const ranges = all.flatMap(rangeOf)
    const names = all.flatMap(({ port }) => (typeof port === 'string' ? [port] : []))
    return [
      ...ranges.map((range) => `${match} ct reply proto-src ${range}`),
      ...names.flatMap((name) => {
        const port = namedPort(protocol, name)
        named.set(port.id, port)
        return families.map(
          ({ family }) =>
            `${match} ct reply ${family} saddr . ct reply proto-src @${setsOf(port)[family]}`,
        )
      }),
    ]
  })
}

function rangeOf({ port, endPort }: NetworkPolicyPort): string[] {
  if (typeof port !== 'number') return []
  return [endPort === undefined || endPort === port ? `${port}` : `${port}-${endPort}`]
}

/** A port by its name, as policies and Pods both say it. */
export function namedPort(protocol: string, name: string): NamedPort {
  const lower = protocol.toLowerCase()
  return { id: `port-${lower}-${name}`, protocol: lower, name }
}
