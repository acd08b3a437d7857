import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { NetworkPolicy } from '../../api/networking/v1/network-policy.ts'
import { matches } from '../../apimachinery/labels.ts'
import type { NftFragment } from '../../base/nft-table.ts'
import { podFragment } from './pod-fragment.ts'
import {
  policyChain,
  policyRules,
  setsOf,
  type NamedPort,
  type PodPeers,
  type PolicyRules,
} from './policy-rules.ts'
import type { PolicyView } from './policy-view.ts'

/** What changed. */
export interface PolicyChanges {
  readonly pods: Iterable<string>
  readonly namespaces: Iterable<string>
  readonly policies: Iterable<string>
}

/** One update: the Pods to be looked at again, and the parts that are another now. */
interface Pass {
  readonly pods: Set<string>
  readonly parts: Map<string, NftFragment | undefined>
}

interface KnownPolicy extends PolicyRules {
  readonly key: string
  readonly source: NetworkPolicy
  /** The Pods of this node that it selects. Without any, nothing of it is in force here. */
  readonly selected: Set<string>
  isInForce: boolean
}

interface KnownPeers extends PodPeers {
  readonly policies: Set<string>
  /** The namespaces that its Pods may be in. */
  readonly within: Set<string>
}

/**
 * Follows which policies select which Pods of a node, and which Pods of the cluster their rules mean. Only policies that
 * select a Pod of this node count; an event costs what it touches: a Pod the policies and peers of its namespace, a
 * policy its Pods here and those that it newly means.
 */
export class PolicyIndex {
  readonly #nodeName: string
  readonly #view: PolicyView
  readonly #policies = new Map<string, KnownPolicy>()
  readonly #policiesByNamespace = new Map<string, Map<string, KnownPolicy>>()
  readonly #localPods = new Map<string, Set<string>>()
  readonly #peers = new Map<string, KnownPeers>()
  readonly #peersByNamespace = new Map<string, Map<string, KnownPeers>>()
  /** Ports by name that rules look at, with the policies that do. */
  readonly #ports = new Map<string, Set<string>>()

  constructor(nodeName: string, view: PolicyView) {
    this.#nodeName = nodeName
    this.#view = view
  }

  /** Takes in changes; answers with the parts of the table that are another now. */
  update(changes: PolicyChanges): Map<string, NftFragment | undefined> {
    const pass: Pass = { pods: new Set(changes.pods), parts: new Map() }
    for (const key of changes.policies) this.#takePolicy(key, pass)
    for (const name of changes.namespaces) this.#takeNamespace(name, pass)
    const touched = new Set(changes.policies)
    for (const key of pass.pods) for (const policy of this.#select(key)) touched.add(policy)
    for (const key of touched) this.#enforce(key, pass)
    for (const key of pass.pods) pass.parts.set(`pod ${key}`, this.#fragmentOf(key))
    return pass.parts
  }

  /** Puts a policy in the place of what it was. The Pods here that may be selected, or were, are looked at again. */
  #takePolicy(key: string, pass: Pass): void {
    const source = this.#view.policy(key)
    const before = this.#policies.get(key)
    if (before && before.source.spec === source?.spec) return
    if (before) this.#withdraw(before, pass)
    const [namespace] = split(key)
    this.#policies.delete(key)
    forget(this.#policiesByNamespace, namespace, key)
    if (source) {
      const known = {
        ...policyRules(source),
        key,
        source,
        selected: new Set<string>(),
        isInForce: false,
      }
      this.#policies.set(key, known)
      remember(this.#policiesByNamespace, namespace, key, known)
    }
    for (const pod of this.#localPods.get(namespace) ?? []) pass.pods.add(pod)
  }

  /** Another set of labels may bring a namespace's Pods in or out of what rules mean. */
  #takeNamespace(name: string, pass: Pass): void {
    let isChanged = false
    for (const peers of this.#peers.values()) {
      if ('name' in peers.namespaces) continue
      const isIn = this.#covers(peers, name)
      if (isIn === peers.within.has(name)) continue
      isChanged = true
      if (isIn) this.#include(peers, name)
      else this.#exclude(peers, name)
    }
    if (isChanged) this.#addPodsOf(name, pass)
  }

  /** Which policies a Pod of this node is selected by; answers with those for which that changed. */
  #select(key: string): string[] {
    const [namespace] = split(key)
    const pod = this.#localPod(key)
    const local = this.#localPods.get(namespace) ?? new Set()
    if (pod) this.#localPods.set(namespace, local.add(key))
    else if (local.delete(key) && local.size === 0) this.#localPods.delete(namespace)
    const changed: string[] = []
    for (const policy of this.#policiesByNamespace.get(namespace)?.values() ?? []) {
      const isSelected = pod !== undefined && matches(policy.selects, pod.metadata.labels)
      if (isSelected === policy.selected.has(key)) continue
      if (isSelected) policy.selected.add(key)
      else policy.selected.delete(key)
      changed.push(policy.key)
    }
    return changed
  }

  #enforce(key: string, pass: Pass): void {
    const policy = this.#policies.get(key)
    if (!policy || policy.isInForce === policy.selected.size > 0) return
    if (policy.isInForce) return this.#withdraw(policy, pass)
    policy.isInForce = true
    const chains = [...policy.rules].map(
      ([direction, rules]) => [policyChain(key, direction), rules] as const,
    )
    pass.parts.set(`policy ${key}`, { chains: new Map(chains) })
    for (const peers of policy.peers) this.#usePeers(peers, key, pass)
    for (const port of policy.ports) this.#usePort(port, key, pass)
  }

  #withdraw(policy: KnownPolicy, pass: Pass): void {
    if (!policy.isInForce) return
    policy.isInForce = false
    pass.parts.set(`policy ${policy.key}`, undefined)
    for (const { id } of policy.peers) this.#leavePeers(id, policy.key, pass)
    for (const port of policy.ports) this.#leavePort(port, policy.key, pass)
  }

  #usePeers(peers: PodPeers, policy: string, pass: Pass): void {
    const known = this.#peers.get(peers.id)
    if (known) return void known.policies.add(policy)
    const fresh: KnownPeers = { ...peers, policies: new Set([policy]), within: new Set() }
    this.#peers.set(peers.id, fresh)
    pass.parts.set(peers.id, { sets: setDefinitions(peers, 'ipv4_addr', 'ipv6_addr') })
    const names =
      'name' in peers.namespaces
        ? [peers.namespaces.name]
        : this.#view
            .namespaces()
            .map(({ metadata }) => metadata.name)
            .filter((name) => this.#covers(peers, name))
    for (const name of names) {
      this.#include(fresh, name)
      this.#addPodsOf(name, pass)
    }
  }

  #leavePeers(id: string, policy: string, pass: Pass): void {
    const known = this.#peers.get(id)
    known?.policies.delete(policy)
    if (!known || known.policies.size > 0) return
    this.#peers.delete(id)
    pass.parts.set(id, undefined)
    for (const name of known.within) {
      this.#exclude(known, name)
      this.#addPodsOf(name, pass)
    }
  }

  #usePort(port: NamedPort, policy: string, pass: Pass): void {
    const known = this.#ports.get(port.id)
    if (known) return void known.add(policy)
    this.#ports.set(port.id, new Set([policy]))
    pass.parts.set(port.id, {
      sets: setDefinitions(port, 'ipv4_addr . inet_service', 'ipv6_addr . inet_service'),
    })
    for (const pod of this.#view.podsWithPort(port.name)) pass.pods.add(keyOf(pod))
  }

  #leavePort(port: NamedPort, policy: string, pass: Pass): void {
    const known = this.#ports.get(port.id)
    known?.delete(policy)
    if (!known || known.size > 0) return
    this.#ports.delete(port.id)
    pass.parts.set(port.id, undefined)
    for (const pod of this.#view.podsWithPort(port.name)) pass.pods.add(keyOf(pod))
  }

  #fragmentOf(key: string): NftFragment | undefined {
    const pod = this.#networkPod(key)
    if (!pod) return undefined
    const { namespace } = pod.metadata
    const peers = [...(this.#peersByNamespace.get(namespace)?.values() ?? [])]
    const policies = [...(this.#policiesByNamespace.get(namespace)?.values() ?? [])]
    return podFragment(pod, {
      peers: peers.filter((each) => matches(each.pods, pod.metadata.labels)),
      hasPort: ({ id }) => this.#ports.has(id),
      policies: policies.filter(({ selected }) => selected.has(key)),
    })
  }

  #localPod(key: string): Pod | undefined {
    const pod = this.#networkPod(key)
    return pod?.spec.nodeName === this.#nodeName ? pod : undefined
  }

  /** A Pod with addresses of its own: policies say nothing of Pods in the node's network. */
  #networkPod(key: string): Pod | undefined {
    const pod = this.#view.pod(key)
    // What has ended has given its address back.
    return pod && !pod.spec.hostNetwork && !isPodTerminal(pod) ? pod : undefined
  }

  #covers({ namespaces }: PodPeers, name: string): boolean {
    if ('name' in namespaces) return namespaces.name === name
    const namespace = this.#view.namespace(name)
    return namespace !== undefined && matches(namespaces.labels, namespace.metadata.labels)
  }

  #include(peers: KnownPeers, namespace: string): void {
    peers.within.add(namespace)
    remember(this.#peersByNamespace, namespace, peers.id, peers)
  }

  #exclude(peers: KnownPeers, namespace: string): void {
    peers.within.delete(namespace)
    forget(this.#peersByNamespace, namespace, peers.id)
  }

  #addPodsOf(namespace: string, { pods }: Pass): void {
    for (const pod of this.#view.pods(namespace)) pods.add(keyOf(pod))
  }
}

function setDefinitions(
  of: { readonly id: string },
  type4: string,
  type6: string,
): Map<string, string> {
  const { ip, ip6 } = setsOf(of)
  return new Map([
    [ip, `{ type ${type4}; }`],
    [ip6, `{ type ${type6}; }`],
  ])
}

function keyOf({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`
}

function split(key: string): readonly [namespace: string, name: string] {
  const slash = key.indexOf('/')
  return [key.slice(0, slash), key.slice(slash + 1)]
}

function remember<T>(
  files: Map<string, Map<string, T>>,
  file: string,
  key: string,
  value: T,
): void {
  const held = files.get(file)
  if (held) held.set(key, value)
  else files.set(file, new Map([[key, value]]))
}

function forget<T>(files: Map<string, Map<string, T>>, file: string, key: string): void {
  const held = files.get(file)
  held?.delete(key)
  if (held?.size === 0) files.delete(file)
}
