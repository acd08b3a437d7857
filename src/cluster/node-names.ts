import type { Crypto } from '../base/crypto.ts'

/** What a node's parts are called on its machine: different for each cluster that runs there. */
export interface NodeNames {
  readonly network: string
  /** At most 15 bytes, the longest name of an interface. */
  readonly bridge: string
  readonly servicesTable: string
  readonly hostTable: string
  readonly policyTable: string
  /** What the routes to other nodes' Pods are told by. */
  readonly routes: { readonly device: string; readonly protocol: number }
  /** The cgroup that all Pods are in. */
  readonly cgroup: string
}

export function nodeNames(dataDir: string, crypto: Pick<Crypto, 'hashHex'>): NodeNames {
  const id = crypto.hashHex('sha256', dataDir).slice(0, 8)
  return {
    network: `trierarch-${id}`,
    bridge: `tri${id}`,
    servicesTable: `trierarch-services-${id}`,
    hostTable: `trierarch-host-${id}`,
    policyTable: `trierarch-policy-${id}`,
    // Numbers from 100 on are nobody's.
    routes: { device: `trx${id}`, protocol: 100 + (Number.parseInt(id, 16) % 80) },
    cgroup: `/trierarch-${id}`,
  }
}
