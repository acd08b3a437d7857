import type { Backend, Family, ServicePort } from './service-port.ts'

/**
 * What nftables is to hold for Services in one family. Keys and rules are nftables' own text.
 *
 * Worked example: Service `10.96.0.20:80` with three backends is one element and one chain:
 *
 *     map services   10.96.0.20 . tcp . 80 : goto svc-4Q2…
 *     chain svc-4Q2… numgen inc mod 3 0 dnat to 10.244.0.5:8080
 *                    numgen inc mod 2 0 dnat to 10.244.0.6:8080
 *                    dnat to 10.244.0.7:8080
 *
 * Each rule counts the packets that reach it, so the three take turns strictly. Plain rules load and change fastest of
 * the layouts that rotate; a map of its own for each Service costs twenty times as much.
 */
export interface Ruleset {
  /** Chains beside the fixed ones, by name, with their rules. */
  readonly chains: ReadonlyMap<string, readonly string[]>
  /** Elements of the fixed maps and sets, by its name, from key to value; sets have empty values. */
  readonly elements: Readonly<Record<ElementHolder, ReadonlyMap<string, string>>>
  /** Sets beside the fixed ones, by name, with their definition. */
  readonly sets: ReadonlyMap<string, string>
}

export type ElementHolder =
  | 'services'
  | 'node-ports'
  | 'no-endpoint-services'
  | 'no-endpoint-node-ports'
  | 'cluster-ips'
  /** Pairs of a local backend's address with itself: a Pod that reached itself through its Service. */
  | 'hairpins'

export const ELEMENT_HOLDERS: readonly ElementHolder[] = [
  'services',
  'node-ports',
  'no-endpoint-services',
  'no-endpoint-node-ports',
  'cluster-ips',
  'hairpins',
]

/** Traffic with this mark leaves with the node's own address. */
export const MASQUERADE_MARK = '0x4000'

export interface RulesetOptions {
  readonly family: Family
}

/** Plans the rules for the ports of all Services. */
export function planRuleset(ports: readonly ServicePort[], options: RulesetOptions): Ruleset {
  const chains = new Map<string, readonly string[]>()
  const sets = new Map<string, string>()
  const elements = Object.fromEntries(
    ELEMENT_HOLDERS.map((name) => [name, new Map<string, string>()]),
  ) as unknown as Record<ElementHolder, Map<string, string>>
  for (const port of ports) {
    planPort(port, options, { chains, sets, elements })
  }
  return { chains, sets, elements }
}

interface Draft {
  readonly chains: Map<string, readonly string[]>
  readonly sets: Map<string, string>
  readonly elements: Record<ElementHolder, Map<string, string>>
}

function planPort(port: ServicePort, options: RulesetOptions, draft: Draft): void {
  const { elements } = draft
  for (const address of port.clusterAddresses) elements['cluster-ips'].set(address, '')
  const name = chainName(port)

  const internal = port.clusterAddresses.map((address) => serviceKey(address, port))
  if (port.backends.length === 0) {
    for (const key of internal) elements['no-endpoint-services'].set(key, 'goto reject-all')
  } else {
    addChain(`svc-${name}`, port, port.backends, options, masqueradeNothing, draft)
    for (const key of internal) elements.services.set(key, `goto svc-${name}`)
  }

  const external = port.externalAddresses.map((address) => serviceKey(address, port))
  if (external.length === 0 && port.nodePort === undefined) return
  const nodePortKey = `${port.protocol} . ${port.nodePort ?? 0}`
  if (port.externalBackends.length === 0) {
    // With policy Local another node may have backends: the client is to look there, not to be told that there are none.
    const verdict = port.externalLocal ? 'drop' : 'goto reject-all'
    for (const key of external) elements['no-endpoint-services'].set(key, verdict)
    if (port.nodePort !== undefined) elements['no-endpoint-node-ports'].set(nodePortKey, verdict)
    return
  }
  // Answers must come back through this node, unless the backends are all on it.
  const first = port.externalLocal ? masqueradeNothing : masqueradeAll
  addChain(`ext-${name}`, port, port.externalBackends, options, first, draft)
  for (const key of external) elements.services.set(key, `goto ext-${name}`)
  if (port.nodePort !== undefined) elements['node-ports'].set(nodePortKey, `goto ext-${name}`)
}

function addChain(
  chain: string,
  port: ServicePort,
  backends: readonly Backend[],
  { family }: RulesetOptions,
  firstRules: readonly string[],
  { chains, sets, elements }: Draft,
): void {
  const rules = [...firstRules]
  for (const { address, local } of backends) {
    if (local) elements.hairpins.set(`${address} . ${address}`, '')
  }
  if (port.affinitySeconds !== undefined) {
    for (const [i] of backends.entries()) {
      const set = affinitySet(chain, backends[i]!)
      const type = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr'
      sets.set(
        set,
        `{ type ${type}; flags dynamic,timeout; timeout ${port.affinitySeconds}s; size 65535; }`,
      )
      rules.push(`${family} saddr @${set} goto ${affinityChain(set)}`)
      chains.set(affinityChain(set), [
        `update @${set} { ${family} saddr }`,
        dnat(port, backends[i]!, family),
      ])
    }
  }
  for (const [i, backend] of backends.entries()) {
    const left = backends.length - i
    const turn = left === 1 ? '' : `numgen inc mod ${left} 0 `
    const target =
      port.affinitySeconds === undefined
        ? dnat(port, backend, family)
        : `goto ${affinityChain(affinitySet(chain, backend))}`
    rules.push(turn + target)
  }
  chains.set(chain, rules)
}

const masqueradeNothing: readonly string[] = []
const masqueradeAll: readonly string[] = [`meta mark set meta mark or ${MASQUERADE_MARK}`]

function dnat({ protocol }: ServicePort, { address, port }: Backend, family: Family): string {
  const host = family === 'ip6' ? `[${address}]` : address
  return `meta l4proto ${protocol} dnat ${family} to ${host}:${port}`
}

function affinitySet(chain: string, { address, port }: Backend): string {
  return `aff-${chain}-${address.replaceAll(/[.:]/g, '_')}_${port}`
}

function affinityChain(set: string): string {
  return `to-${set}`
}

function serviceKey(address: string, { protocol, port }: ServicePort): string {
  return `${address} . ${protocol} . ${port}`
}

/** A name that nftables takes, telling for people who list the rules, and different for different ports. */
function chainName({ id, protocol }: ServicePort): string {
  const readable = id.replaceAll(/[^a-z0-9-]/g, '_').slice(0, 60)
  return `${hash(`${id}/${protocol}`)}-${readable}-${protocol}`
}

// FNV-1a, 32 bits: the readable part is cut at 60 characters, this tells apart what is cut.
function hash(text: string): string {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return (value >>> 0).toString(16).padStart(8, '0')
}
