import { nftName, type NftFragment } from '../base/nft-table.ts'
import type { Backend } from './endpoints.ts'
import type { Family, ServicePort } from './service-port.ts'
import { MASQUERADE_MARK, type TableOptions } from './table-script.ts'

type ElementHolder =
  | 'services'
  | 'node-ports'
  | 'no-endpoint-services'
  | 'no-endpoint-node-ports'
  | 'cluster-ips'
  /** Pairs of a local backend's address with itself: a Pod that reached itself through its Service. */
  | 'hairpins'

/**
 * What the table of one family holds for the ports of a Service.
 *
 * Worked example: Service `10.96.0.20:80` with three backends, and a node port, is two elements and two chains:
 *
 *     map services    10.96.0.20 . tcp . 80 : goto svc-4Q2…
 *     chain svc-4Q2…  numgen inc mod 3 0 dnat to 10.244.0.5:8080
 *                     numgen inc mod 2 0 dnat to 10.244.0.6:8080
 *                     dnat to 10.244.0.7:8080
 *     map node-ports  tcp . 30080 : goto ext-4Q2…
 *     chain ext-4Q2…  masquerade, goto svc-4Q2…
 *
 * Each rule counts the packets that reach it, so the three take turns strictly. Plain rules load and change fastest of
 * the layouts that rotate; a map of its own for each Service costs twenty times as much.
 */
export function serviceFragment(
  ports: readonly ServicePort[],
  options: Pick<TableOptions, 'family' | 'clusterCIDR'>,
): NftFragment {
  const draft: Draft = { chains: new Map(), sets: new Map(), elements: new Map() }
  for (const port of ports) planPort(port, options, draft)
  return draft
}

interface Draft {
  readonly chains: Map<string, readonly string[]>
  readonly sets: Map<string, string>
  readonly elements: Map<ElementHolder, Map<string, string>>
}

const REJECT = 'goto reject-all'
const MASQUERADE = `meta mark set meta mark or ${MASQUERADE_MARK}`

function planPort(
  port: ServicePort,
  options: Pick<TableOptions, 'family' | 'clusterCIDR'>,
  draft: Draft,
): void {
  const { family } = options
  const name = nftName(`${port.id}/${port.protocol}`)
  for (const address of port.clusterAddresses) put(draft, 'cluster-ips', address)
  const [outside, balanced] = [port.externalAddresses, port.loadBalancerAddresses]
  if (port.backends.length === 0) {
    const all = [...port.clusterAddresses, ...outside, ...balanced]
    for (const address of all) put(draft, 'no-endpoint-services', serviceKey(address, port), REJECT)
    if (port.nodePort !== undefined)
      put(draft, 'no-endpoint-node-ports', nodePortKey(port.nodePort, port), REJECT)
    return
  }

  const everywhere = addBackends(`svc-${name}`, port, port.backends, family, draft)
  const usesLocal = port.internalLocal || port.externalLocal
  const here =
    usesLocal && port.localBackends.length > 0
      ? addBackends(`local-${name}`, port, port.localBackends, family, draft)
      : 'drop'

  for (const address of port.clusterAddresses) {
    const verdict = port.internalLocal ? here : everywhere
    // With policy Local another node may have backends: there are some, only none for this client.
    const holder = verdict === 'drop' ? 'no-endpoint-services' : 'services'
    put(draft, holder, serviceKey(address, port), verdict)
  }
  if (outside.length + balanced.length === 0 && port.nodePort === undefined) return
  const external = `goto ext-${name}`
  draft.chains.set(
    `ext-${name}`,
    port.externalLocal ? localRules(everywhere, here, options) : [`${MASQUERADE} ${everywhere}`],
  )
  for (const address of outside) put(draft, 'services', serviceKey(address, port), external)
  if (port.nodePort !== undefined)
    put(draft, 'node-ports', nodePortKey(port.nodePort, port), external)

  const limited = port.sourceRanges.length > 0 && balanced.length > 0
  if (limited) {
    const allowed = port.sourceRanges.map((range) => `${from(range, family)}${external}`)
    draft.chains.set(`limited-${name}`, [...allowed, 'drop'])
  }
  for (const address of balanced)
    put(draft, 'services', serviceKey(address, port), limited ? `goto limited-${name}` : external)
}

/** Policy Local is for clients from outside: Pods and the node itself are inside, however they ask. */
function localRules(
  everywhere: string,
  here: string,
  { family, clusterCIDR }: Pick<TableOptions, 'family' | 'clusterCIDR'>,
): readonly string[] {
  return [
    ...(clusterCIDR === undefined ? [] : [`${family} saddr ${clusterCIDR} ${everywhere}`]),
    `fib saddr type local ${MASQUERADE} ${everywhere}`,
    here,
  ]
}

/** The chain in which backends take turns; answers with the verdict that leads there. */
function addBackends(
  chain: string,
  port: ServicePort,
  backends: readonly Backend[],
  family: Family,
  draft: Draft,
): string {
  for (const { address, local } of backends)
    if (local) put(draft, 'hairpins', `${address} . ${address}`)
  const targets = backends.map((backend) =>
    port.affinitySeconds === undefined
      ? dnat(port, backend, family)
      : addAffinity(chain, port, backend, port.affinitySeconds, family, draft),
  )
  const known =
    port.affinitySeconds === undefined
      ? []
      : backends.map(
          (backend, i) =>
            `${family} saddr @${affinitySet(chain, backend, port.affinitySeconds!)} ${targets[i]}`,
        )
  const turns = targets.map((target, i) => {
    const left = backends.length - i
    return left === 1 ? target : `numgen inc mod ${left} 0 ${target}`
  })
  draft.chains.set(chain, [...known, ...turns])
  return `goto ${chain}`
}

/** Remembers who was sent to a backend; answers with the verdict that leads there. */
function addAffinity(
  chain: string,
  port: ServicePort,
  backend: Backend,
  seconds: number,
  family: Family,
  draft: Draft,
): string {
  const set = affinitySet(chain, backend, seconds)
  const type = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr'
  // Without a size it grows as needed; with one the kernel makes room for all at once, a megabyte in 6 ms.
  draft.sets.set(set, `{ type ${type}; flags timeout; timeout ${seconds}s; }`)
  draft.chains.set(`to-${set}`, [`update @${set} { ${family} saddr }`, dnat(port, backend, family)])
  return `goto to-${set}`
}

function affinitySet(chain: string, { address, port }: Backend, seconds: number): string {
  return `aff${seconds}-${chain}-${address.replaceAll(/[.:]/g, '_')}_${port}`
}

function dnat({ protocol }: ServicePort, { address, port }: Backend, family: Family): string {
  const host = family === 'ip6' ? `[${address}]` : address
  return `meta l4proto ${protocol} dnat ${family} to ${host}:${port}`
}

// A prefix of no bits is nothing that nftables can compare.
function from(range: string, family: Family): string {
  return range.endsWith('/0') ? '' : `${family} saddr ${range} `
}

function serviceKey(address: string, { protocol, port }: ServicePort): string {
  return `${address} . ${protocol} . ${port}`
}

function nodePortKey(nodePort: number, { protocol }: ServicePort): string {
  return `${protocol} . ${nodePort}`
}

function put({ elements }: Draft, holder: ElementHolder, key: string, value = ''): void {
  const held = elements.get(holder)
  if (held) held.set(key, value)
  else elements.set(holder, new Map([[key, value]]))
}
