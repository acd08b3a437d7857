import { INGRESS_CHAIN } from './policy-rules.ts'

/**
 * The commands that make the table anew, without any policy. It looks at what is forwarded only: what a node sends to
 * its own Pods, and they to it, always passes
 * (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
 *
 * Worked example: Pod 10.244.0.5 is selected by policy `web`, which limits what comes in:
 *
 *     map ingress-4   10.244.0.5 : goto in-…
 *     chain in-…      jump policy-…-ingress, drop
 *     chain policy-…  ct original ip saddr @pods-…-4 meta l4proto tcp ct reply proto-src 80 accept
 */
export function policyTableScript(table: string): string {
  return `add table inet ${table}
delete table inet ${table}
table inet ${table} {
  comment "NetworkPolicies of this node's Pods"
  map egress-4 { type ipv4_addr : verdict; }
  map egress-6 { type ipv6_addr : verdict; }
  map ingress-4 { type ipv4_addr : verdict; }
  map ingress-6 { type ipv6_addr : verdict; }
  set isolated-4 { type ipv4_addr; }
  set isolated-6 { type ipv6_addr; }

  chain ${INGRESS_CHAIN} {
    ct reply ip saddr vmap @ingress-4
    ct reply ip6 saddr vmap @ingress-6
    accept
  }
  chain forward {
    type filter hook forward priority filter;
    icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
    ct state related meta l4proto { icmp, ipv6-icmp } accept comment "errors of connections that pass"
    ct state invalid,untracked jump unknown
    ct original ip saddr vmap @egress-4
    ct original ip6 saddr vmap @egress-6
    goto ${INGRESS_CHAIN}
  }
  chain unknown {
    ip saddr @isolated-4 drop
    ip daddr @isolated-4 drop
    ip6 saddr @isolated-6 drop
    ip6 daddr @isolated-6 drop
  }
}
`
}
