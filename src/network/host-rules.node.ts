import { applyNft } from '../base/nft.node.ts'

export interface HostRules {
  /** The nftables table, one for each cluster that runs in a network namespace. */
  readonly table: string
  /** The addresses of all Pods. */
  readonly clusterCIDR: string
  /** The addresses of this node's Pods. */
  readonly podCIDR: string
  readonly bridge: string
  /** The node's own address, on which servers listen that are for Pods and this machine alone. */
  readonly address: string
  readonly ports: readonly number[]
}

/**
 * The rules of a node's Pod network: Pods leave the cluster with the node's address, and what the node serves for them
 * is closed to everybody else.
 */
export function hostRulesScript({
  table,
  clusterCIDR,
  podCIDR,
  bridge,
  address,
  ports,
}: HostRules): string {
  const closed =
    ports.length === 0
      ? ''
      : `ip daddr ${address} meta l4proto { tcp, udp } th dport { ${ports.join(', ')} } ip saddr != ${clusterCIDR} fib saddr type != local drop`
  return `add table ip ${table}
delete table ip ${table}
table ip ${table} {
  comment "Pod network: the way out, and what is for Pods alone"
  chain postrouting {
    type nat hook postrouting priority srcnat + 10;
    ip saddr ${podCIDR} ip daddr != ${clusterCIDR} oifname != "${bridge}" masquerade
  }
  chain input {
    type filter hook input priority filter;
    ${closed}
  }
}
`
}

/** Puts the rules in force, in the place of those that the table held. */
export function applyHostRules(rules: HostRules): Promise<void> {
  return applyNft(hostRulesScript(rules))
}

/** Removes tables with all their rules. No error where they are not there. */
export async function removeTables(
  tables: readonly (readonly [family: string, table: string])[],
): Promise<void> {
  await applyNft(
    tables
      .map(([family, table]) => `add table ${family} ${table}\ndelete table ${family} ${table}\n`)
      .join(''),
  )
}
