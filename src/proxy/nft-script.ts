import { ELEMENT_HOLDERS, MASQUERADE_MARK, type ElementHolder, type Ruleset } from './ruleset.ts'
import type { Family } from './service-port.ts'

/** A ruleset without Services. */
export const EMPTY_RULESET: Ruleset = {
  chains: new Map(),
  sets: new Map(),
  elements: Object.fromEntries(
    ELEMENT_HOLDERS.map((name) => [name, new Map()]),
  ) as unknown as Ruleset['elements'],
}

/**
 * The commands that make the table anew, with its fixed part and no Services: what is left of an earlier run goes.
 * `clusterCidr` are the addresses of Pods.
 */
export function tableScript(table: string, family: Family, clusterCidr?: string): string {
  const address = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr'
  const loopback = family === 'ip' ? '127.0.0.0/8' : '::1'
  // Answers to what comes from beyond the Pods must find back through this node.
  const foreign =
    clusterCidr === undefined
      ? ''
      : `${family} saddr != ${clusterCidr} ${family} daddr @cluster-ips meta mark set meta mark or ${MASQUERADE_MARK}\n    `
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

  chain reject-all { reject; }
  chain service-traffic {
    ${foreign}${family} daddr . meta l4proto . th dport vmap @services
    fib daddr type local ${family} daddr != ${loopback} meta l4proto . th dport vmap @node-ports
  }
  chain no-endpoints {
    ${family} daddr . meta l4proto . th dport vmap @no-endpoint-services
    fib daddr type local ${family} daddr != ${loopback} meta l4proto . th dport vmap @no-endpoint-node-ports
    ${family} daddr @cluster-ips ct state new reject comment "a port that the Service does not have"
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
  chain filter-output { type filter hook output priority -110; ct state new jump no-endpoints-output; }
  chain no-endpoints-output {
    ${family} daddr . meta l4proto . th dport vmap @no-endpoint-services
    fib daddr type local ${family} daddr != ${loopback} meta l4proto . th dport vmap @no-endpoint-node-ports
  }
  chain filter-output-late { type filter hook output priority 0; ${family} daddr @cluster-ips ct state new reject; }
}
`
}

/**
 * The commands that turn one ruleset into another in one transaction, naming only what differs; empty where nothing
 * does. What is pointed to is made before what points to it, and removed after.
 */
export function updateScript(table: string, family: Family, from: Ruleset, to: Ruleset): string {
  const at = `${family} ${table}`
  const lines: string[] = []
  for (const [name, definition] of to.sets) {
    if (from.sets.get(name) !== definition)
      lines.push(...(from.sets.has(name) ? [] : [`add set ${at} ${name} ${definition}`]))
  }
  const changed = [...to.chains].filter(([name, rules]) => !sameRules(from.chains.get(name), rules))
  for (const [name] of changed) lines.push(`add chain ${at} ${name}`)
  for (const [name, rules] of changed) {
    if (from.chains.has(name)) lines.push(`flush chain ${at} ${name}`)
    for (const rule of rules) lines.push(`add rule ${at} ${name} ${rule}`)
  }
  for (const holder of ELEMENT_HOLDERS)
    lines.push(...elementLines(at, holder, from.elements[holder], to.elements[holder]))
  const gone = [...from.chains.keys()].filter((name) => !to.chains.has(name))
  for (const name of gone) lines.push(`flush chain ${at} ${name}`)
  for (const name of gone) lines.push(`delete chain ${at} ${name}`)
  for (const name of from.sets.keys())
    if (!to.sets.has(name)) lines.push(`delete set ${at} ${name}`)
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

const ELEMENTS_PER_LINE = 500

function elementLines(
  at: string,
  holder: ElementHolder,
  from: ReadonlyMap<string, string>,
  to: ReadonlyMap<string, string>,
): string[] {
  const removed = [...from].filter(([key, value]) => to.get(key) !== value).map(([key]) => key)
  const added = [...to].filter(([key, value]) => from.get(key) !== value)
  const text = added.map(([key, value]) => (value === '' ? key : `${key} : ${value}`))
  return [
    ...inLines(`delete element ${at} ${holder}`, removed),
    ...inLines(`add element ${at} ${holder}`, text),
  ]
}

function inLines(command: string, elements: readonly string[]): string[] {
  const lines: string[] = []
  for (let i = 0; i < elements.length; i += ELEMENTS_PER_LINE) {
    lines.push(`${command} { ${elements.slice(i, i + ELEMENTS_PER_LINE).join(', ')} }`)
  }
  return lines
}

function sameRules(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && a.every((rule, i) => rule === b[i])
}
