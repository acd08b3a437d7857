import ipaddr from 'ipaddr.js'

/** How the Pods of one node are connected. */
export interface PodNetwork {
  /** Names the network in the plugins' state; unique among the clusters on a machine. */
  readonly name: string
  /** The bridge that Pods are plugged into, at most 15 bytes. */
  readonly bridge: string
  /** One range, or one of each family. */
  readonly podCIDRs: readonly string[]
  /** Where host-local notes the addresses that are taken. */
  readonly stateDir: string
  /** Bytes; the plugin's own default when absent. */
  readonly mtu?: number
  /** Who serves `hostPort`: the portmap plugin, which needs iptables, or someone else. */
  readonly hostPorts: 'portmap' | 'none'
  /** The bandwidth plugin keeps to what the Pods' annotations `kubernetes.io/ingress-bandwidth` and `egress-bandwidth` say. */
  readonly limitsBandwidth?: boolean
}

export const LINK_NAME_BYTES_MAX = 15 // IFNAMSIZ, less its closing zero.

/**
 * The configuration list for a node's Pod network, by the CNI specification 0.4.0 (which the plugins of 2020 and all
 * later ones speak): a bridge that is the Pods' gateway and lets a Pod reach itself through a Service, and addresses
 * from the node's own range. Nothing is masqueraded here: that is for the rules that know all Pod ranges.
 */
export function cniConfiguration(network: PodNetwork): object {
  if (network.bridge.length > LINK_NAME_BYTES_MAX) {
    throw new RangeError(
      `Cannot configure Pod network: name of bridge is too long: ${network.bridge}`,
    )
  }
  return {
    cniVersion: '0.4.0',
    name: network.name,
    plugins: [
      bridgePlugin(network),
      ...(network.hostPorts === 'portmap'
        ? [{ type: 'portmap', capabilities: { portMappings: true } }]
        : []),
      ...(network.limitsBandwidth
        ? [{ type: 'bandwidth', capabilities: { bandwidth: true } }]
        : []),
    ],
  }
}

function bridgePlugin({ bridge, podCIDRs, stateDir, mtu }: PodNetwork): object {
  return {
    type: 'bridge',
    bridge,
    isGateway: true,
    hairpinMode: true,
    ipMasq: false,
    forceAddress: true, // A node that gets another range keeps its bridge.
    ...(mtu !== undefined && { mtu }),
    ipam: {
      type: 'host-local',
      ranges: podCIDRs.map((subnet) => [{ subnet }]),
      routes: podCIDRs.map((cidr) => ({ dst: isIPv6(cidr) ? '::/0' : '0.0.0.0/0' })),
      dataDir: stateDir,
    },
  }
}

function isIPv6(cidr: string): boolean {
  return ipaddr.parseCIDR(cidr)[0].kind() === 'ipv6'
}
