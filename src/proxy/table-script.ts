import type { Family } from './service-port.ts'

/** Traffic with this mark leaves with the node's own address. */
export const MASQUERADE_MARK = '0x4000'

export interface TableOptions {
  readonly family: Family
  /** The addresses of Pods, in this family. */
  readonly clusterCIDR?: string
  /** Which of the node's addresses node ports are open on, as ranges; all where absent, but never loopback. */
  readonly nodePortAddresses?: readonly string[]
}

/**
 * The commands that make the table anew, with its fixed part and no Services: what is left of an earlier run goes.
 */
export function tableScript(table: string, options: TableOptions): string {
  const { family, clusterCIDR } = options
  const address = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr'
  const onNode = `fib daddr type local ${nodeAddresses(options)} meta l4proto . th dport`
  // Answers to what comes from beyond the Pods must find back through this node.
  const foreign =
    clusterCIDR === undefined
      ? ''
      : `${family} saddr != ${clusterCIDR} ${family} daddr @cluster-ips meta mark set meta mark or ${MASQUERADE_MARK}\n    `
  return `add table ${family} ${table}
delete table ${family} ${table}
table ${family} ${table} {
  comment "Services: traffic to their addresses goes to their Pods"
  map services { type ${address} . inet_proto . inet_service : verdict; }
  map node-ports { type inet_proto . inet_service : verdict; }
  map no-endpoint-services { type ${address} . inet_proto . inet_service : verdict; }
  map no-endpoint-node-ports { type inet_proto . inet_service : verdict; }
  set cluster-ips { type ${address}; }
  set hairpins { type ${address} . ${address}; }

  chain reject-all {
    meta l4proto tcp reject with tcp reset comment "a client on this node would hear anything else only when it tries again"
    reject
  }
  chain service-traffic {
    ${foreign}${family} daddr . meta l4proto . th dport vmap @services
    ${onNode} vmap @node-ports
  }
  chain no-endpoints-anywhere {
    ${family} daddr . meta l4proto . th dport vmap @no-endpoint-services
    ${onNode} vmap @no-endpoint-node-ports
  }
  chain no-endpoints {
    jump no-endpoints-anywhere
    ${family} daddr @cluster-ips ct state new goto reject-all comment "a port that the Service does not have"
  }
  chain nat-prerouting { type nat hook prerouting priority dstnat; jump service-traffic; }
  chain nat-output { type nat hook output priority -100; jump service-traffic; }
  chain nat-postrouting {
    type nat hook postrouting priority srcnat;
    meta mark and ${MASQUERADE_MARK} != 0 meta mark set meta mark xor ${MASQUERADE_MARK} masquerade fully-random
    ${family} saddr . ${family} daddr @hairpins masquerade fully-random comment "a Pod that reached itself"
  }
  chain filter-input { type filter hook input priority -110; ct state new jump no-endpoints; }
  chain filter-forward { type filter hook forward priority -110; ct state new jump no-endpoints; }
  chain filter-output { type filter hook output priority -110; ct state new jump no-endpoints-anywhere; }
  chain filter-output-late { type filter hook output priority 0; ${family} daddr @cluster-ips ct state new goto reject-all; }
}
`
}

function nodeAddresses({ family, nodePortAddresses }: TableOptions): string {
  const notLoopback = `${family} daddr != ${family === 'ip' ? '127.0.0.0/8' : '::1'}`
  if (nodePortAddresses === undefined) return notLoopback
  const ofFamily = nodePortAddresses.filter((range) => range.includes(':') === (family === 'ip6'))
  // An address that no node has closes the ports of a family for which no range is given.
  if (ofFamily.length === 0) return `${family} daddr ${family === 'ip' ? '0.0.0.0' : '::'}`
  return `${notLoopback} ${family} daddr { ${ofFamily.join(', ')} }`
}
