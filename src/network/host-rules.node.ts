import { applyNft } from '../base/nft.node.ts'

export interface HostRules {
  /** The nftables table in each family, one for each cluster that runs in a network namespace. */
  readonly table: string
  /** The addresses of all Pods: a range, or one of each family. */
  readonly clusterCIDRs: readonly string[]
  /** The addresses of this node's Pods, likewise. */
  readonly podCIDRs: readonly string[]
  readonly bridge: string
  /** The node's own address, on which servers listen that are for Pods and this machine alone. */
  readonly address: string
  readonly ports: readonly number[]
}

/**
 * The rules of a node's Pod network: Pods leave the cluster with the node's address, and what the node serves for them
 * is closed to everybody else.
 */
export function hostRulesScript(rules: HostRules): string {
  return rules.podCIDRs
    .map((podCIDR) => {
      const clusterCIDR = rules.clusterCIDRs.find((each) => familyOf(each) === familyOf(podCIDR))
      return tableScript(rules, podCIDR, clusterCIDR ?? podCIDR)
    })
    .join('')
}

function tableScript(rules: HostRules, podCIDR: string, clusterCIDR: string): string {
  const { table, bridge } = rules
  const family = familyOf(podCIDR)
  return `add table ${family} ${table}
delete table ${family} ${table}
table ${family} ${table} {
  comment "Pod network: the way out, and what is for Pods alone"
  chain postrouting {
    type nat hook postrouting priority srcnat + 10;
    ${family} saddr ${podCIDR} ${family} daddr != ${clusterCIDR} oifname != "${bridge}" masquerade
  }
  chain input {
    type filter hook input priority filter;
    ${closed(rules, clusterCIDR)}
  }
}
`
}

function closed({ address, ports }: HostRules, clusterCIDR: string): string {
  const family = familyOf(address)
  if (ports.length === 0 || family !== familyOf(clusterCIDR)) return ''
  const served = `${family} daddr ${address} meta l4proto { tcp, udp } th dport { ${ports.join(', ')} }`
  return `${served} ${family} saddr != ${clusterCIDR} fib saddr type != local drop`
}

function familyOf(address: string): 'ip' | 'ip6' {
  return address.includes(':') ? 'ip6' : 'ip'
}

/** Puts the rules in force, in the place of those that the tables held. */
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
