import { Namespace } from '../../api/core/v1/namespace.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { NetworkPolicy, type NetworkPolicySpec } from '../../api/networking/v1/network-policy.ts'
import { NftTable, type NftFragment } from '../../base/nft-table.ts'
import { ObjectCache } from '../../client/object-cache.ts'
import type { Input } from '../../schema/message.ts'
import { PolicyIndex, type PolicyChanges } from './policy-index.ts'
import { policyViewOf } from './policy-view.ts'

type Labels = Readonly<Record<string, string>>

export interface TestPodInput {
  readonly ips: readonly string[]
  readonly labels?: Labels
  readonly node?: string
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly phase?: string
  readonly hostNetwork?: boolean
}

/** For tests: a cluster of caches, and the rules of node `n1` that follow from it. Keys are `NAMESPACE/NAME`. */
export class PolicyWorld {
  readonly #pods = new ObjectCache(Pod)
  readonly #namespaces = new ObjectCache(Namespace)
  readonly #policies = new ObjectCache(NetworkPolicy)
  readonly #view = policyViewOf(this.#pods, this.#namespaces, this.#policies)
  readonly #table = new NftTable('inet policies')
  readonly #parts = new Map<string, NftFragment>()
  readonly #index = new PolicyIndex('n1', this.#view)

  /** The script after a Pod came or became another; undefined: it went. */
  pod(key: string, pod: TestPodInput | undefined): string {
    if (pod) this.#pods.put(testPod(key, pod))
    else this.#pods.delete(key)
    return this.#script({ pods: [key] })
  }

  namespace(name: string, labels: Labels): string {
    this.#namespaces.put({ metadata: { name, labels } } as unknown as Namespace)
    return this.#script({ namespaces: [name] })
  }

  policy(key: string, spec: Input<NetworkPolicySpec> | undefined): string {
    if (spec) this.#policies.put({ metadata: metadataOf(key), spec } as unknown as NetworkPolicy)
    else this.#policies.delete(key)
    return this.#script({ policies: [key] })
  }

  /** The parts of the table that all changes so far have led to. */
  get parts(): ReadonlyMap<string, NftFragment> {
    return this.#parts
  }

  /** The parts of the table as they follow from what there is, without any history. */
  partsAnew(): ReadonlyMap<string, NftFragment> {
    const parts = new Map<string, NftFragment>()
    const everything = {
      pods: this.#pods.keys(),
      namespaces: this.#namespaces.keys(),
      policies: this.#policies.keys(),
    }
    take(parts, new PolicyIndex('n1', this.#view).update(everything))
    return parts
  }

  #script(changes: Partial<PolicyChanges>): string {
    const changed = this.#index.update({ pods: [], namespaces: [], policies: [], ...changes })
    take(this.#parts, changed)
    return this.#table.update(changed)
  }
}

function take(
  parts: Map<string, NftFragment>,
  changed: ReadonlyMap<string, NftFragment | undefined>,
): void {
  for (const [part, fragment] of changed) {
    if (fragment) parts.set(part, fragment)
    else parts.delete(part)
  }
}

function testPod(
  key: string,
  {
    ips,
    labels = {},
    node = 'n1',
    ports = [],
    phase = 'Running',
    hostNetwork = false,
  }: TestPodInput,
): Pod {
  return {
    metadata: { ...metadataOf(key), labels },
    spec: {
      nodeName: node,
      hostNetwork,
      containers: [{ name: 'main', ports: ports.map((port) => ({ protocol: 'TCP', ...port })) }],
    },
    status: { phase, podIPs: ips.map((ip) => ({ ip })) },
  } as unknown as Pod
}

function metadataOf(key: string): { readonly namespace: string; readonly name: string } {
  const [namespace, name] = key.split('/') as [string, string]
  return { namespace, name }
}
