import ipaddr from 'ipaddr.js'
import type { Node } from '../api/core/v1/node.ts'
import { fnv1aOfBytes } from '../base/fnv.ts'

/** An address of this node, with the link that it is on. */
export interface LocalAddress {
  readonly address: string
  readonly prefixBits: number
}

/** Where routes begin. */
export interface RoutingNode {
  readonly name: string
  /** The address by which it is known, which is its end of the tunnels, too. */
  readonly address: string
  /** All addresses of the link that this one is on. */
  readonly local: readonly LocalAddress[]
}

/** How the Pods of another node are reached. */
export interface NodeRoute {
  readonly podCIDR: string
  readonly nodeAddress: string
  /** Through a tunnel, where the node is on no link of this one's. */
  readonly tunnel: boolean
}

/** What a cluster's routes are told by in the kernel's tables. */
export interface RouteMarks {
  /** The interface of the tunnels; at most 15 bytes. */
  readonly device: string
  /** The number that the kernel calls a route's protocol: who has made it. */
  readonly protocol: number
}

const VXLAN = { id: 4096, port: 4789 } as const

/**
 * The routes to the Pods of all other nodes: direct where both share a link, else through VXLAN (RFC 7348), whose ends are
 * addresses of one family for Pods of both.
 */
export function nodeRoutes(nodes: readonly Node[], here: RoutingNode): readonly NodeRoute[] {
  return nodes
    .filter(({ metadata }) => metadata.name !== here.name)
    .flatMap(({ spec, status }) => {
      const addresses = (status.addresses ?? []).flatMap(({ type, address }) =>
        type === 'InternalIP' ? [address] : [],
      )
      const far = addressLike(here.address, addresses)
      return podCIDRsOf(spec).flatMap((podCIDR): NodeRoute[] => {
        const near = addressLike(podCIDR, addresses)
        if (near !== undefined && sharesLink(near, here.local))
          return [{ podCIDR, nodeAddress: near, tunnel: false }]
        return far === undefined ? [] : [{ podCIDR, nodeAddress: far, tunnel: true }]
      })
    })
}

/** The first address of the same family. */
function addressLike(example: string, addresses: readonly string[]): string | undefined {
  return addresses.find((each) => isIPv6(each) === isIPv6(example))
}

function podCIDRsOf({ podCIDR, podCIDRs = [] }: Node['spec']): readonly string[] {
  return podCIDRs.length > 0 ? podCIDRs : podCIDR ? [podCIDR] : []
}

function sharesLink(address: string, local: readonly LocalAddress[]): boolean {
  const parsed = ipaddr.parse(address)
  return local.some((each) => {
    const own = ipaddr.parse(each.address)
    return own.kind() === parsed.kind() && parsed.match(own, each.prefixBits)
  })
}

function isIPv6(address: string): boolean {
  return address.includes(':')
}

/** The hardware address of a node's end of the tunnels, made of the node's own so that nobody has to be asked for it. */
function tunnelMac(nodeAddress: string): string {
  const bytes = ipaddr.parse(nodeAddress).toByteArray()
  const own = bytes.length === 4 ? [0x42, ...bytes] : [0x46, ...hashed(bytes)]
  return ['02', ...own.map((byte) => byte.toString(16).padStart(2, '0'))].join(':')
}

/** Four bytes for the sixteen of IPv6: nodes may differ in any of them. */
function hashed(bytes: readonly number[]): readonly number[] {
  const hash = fnv1aOfBytes(bytes)
  return [24, 16, 8, 0].map((shift) => (hash >>> shift) & 255)
}

/**
 * The lines for `ip -batch` and `bridge -batch` that bring routes from before to after; those of routes that stay are
 * left out.
 */
export function routeCommands(
  before: readonly NodeRoute[],
  after: readonly NodeRoute[],
  { device, protocol }: RouteMarks,
): { readonly ip: readonly string[]; readonly bridge: readonly string[] } {
  const key = (route: NodeRoute): string => JSON.stringify(route)
  const [known, wanted] = [new Set(before.map(key)), new Set(after.map(key))]
  const gone = before.filter((route) => !wanted.has(key(route)))
  const fresh = after.filter((route) => !known.has(key(route)))
  return {
    ip: [
      ...gone.map(({ podCIDR }) => `route del ${podCIDR} proto ${protocol}`),
      ...gone.flatMap((route) =>
        route.tunnel ? [`neigh del ${gatewayOf(route)} dev ${device}`] : [],
      ),
      ...fresh.flatMap((route) => addCommands(route, { device, protocol })),
    ],
    bridge: [
      ...farEnds(before, after).map((address) => fdb('del', address, device)),
      ...farEnds(after, before).map((address) => fdb('append', address, device)),
    ],
  }
}

/** The nodes that tunnels of these routes lead to, without those of others. */
function farEnds(routes: readonly NodeRoute[], others: readonly NodeRoute[]): readonly string[] {
  const ends = (of: readonly NodeRoute[]): Set<string> =>
    new Set(of.flatMap(({ tunnel, nodeAddress }) => (tunnel ? [nodeAddress] : [])))
  return [...ends(routes).difference(ends(others))]
}

function addCommands(route: NodeRoute, { device, protocol }: RouteMarks): readonly string[] {
  const { podCIDR, nodeAddress, tunnel } = route
  if (!tunnel) return [`route replace ${podCIDR} via ${nodeAddress} proto ${protocol}`]
  const mac = tunnelMac(nodeAddress)
  return [
    `neigh replace ${gatewayOf(route)} lladdr ${mac} dev ${device} nud permanent`,
    `route replace ${podCIDR} via ${gatewayOf(route)} dev ${device} onlink proto ${protocol}`,
  ]
}

// The first address of a node's range: nothing but the node itself can have it.
function gatewayOf({ podCIDR }: NodeRoute): string {
  return podCIDR.slice(0, podCIDR.indexOf('/'))
}

/** The lines for `ip -batch` that make a node's end of the tunnels. */
export function tunnelCommands(nodeAddress: string, device: string): readonly string[] {
  const { id, port } = VXLAN
  return [
    `link add ${device} address ${tunnelMac(nodeAddress)} type vxlan id ${id} local ${nodeAddress} dstport ${port} nolearning`,
    `link set ${device} up`,
  ]
}

function fdb(command: 'append' | 'del', nodeAddress: string, device: string): string {
  return `fdb ${command} ${tunnelMac(nodeAddress)} dev ${device} dst ${nodeAddress}`
}
