import { Namespace } from '../../api/core/v1/namespace.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { NetworkPolicy } from '../../api/networking/v1/network-policy.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { keepNft } from '../../base/nft-keeper.node.ts'
import { NftTable } from '../../base/nft-table.ts'
import type { Random } from '../../base/random.ts'
import { eachChange } from '../../client/each-change.ts'
import type { Informer } from '../../client/informer.ts'
import { metadataOf } from '../../client/object-cache.ts'
import { keyText } from '../../client/object-key.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'
import { PolicyIndex, type PolicyChanges } from './policy-index.ts'
import { policyTableScript } from './policy-table.ts'
import { policyViewOf } from './policy-view.ts'

export interface NetworkPolicyOptions {
  readonly informers: SharedInformers
  readonly nodeName: string
  /** The nftables table, one for each cluster that runs in a network namespace. */
  readonly table: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Policies in force. Disposing stops following them and leaves the rules, so that they outlive a restart. */
export interface NetworkPolicies extends AsyncDisposable {
  /** Resolves once the rules for all policies are in force. */
  readonly ready: Promise<void>
}

type Kind = keyof PolicyChanges

/** Keeps the nftables rules of this node in step with NetworkPolicies, Pods and namespaces. */
export function startNetworkPolicies(options: NetworkPolicyOptions): NetworkPolicies {
  const { informers, nodeName, table } = options
  const pods = informers.informer(Pod)
  const namespaces = informers.informer(Namespace)
  const policies = informers.informer(NetworkPolicy)
  const view = policyViewOf(pods.cache, namespaces.cache, policies.cache)
  const rules = new NftTable(`inet ${table}`)
  let index = new PolicyIndex(nodeName, view)

  const keeper = keepNft<string>({
    ...options,
    what: 'NetworkPolicies',
    async known(signal) {
      await Promise.all([
        pods.waitForSync({ signal }),
        namespaces.waitForSync({ signal }),
        policies.waitForSync({ signal }),
      ])
    },
    anew() {
      rules.clear()
      index = new PolicyIndex(nodeName, view)
      const everything = {
        pods: keysOf(pods),
        namespaces: keysOf(namespaces),
        policies: keysOf(policies),
      }
      return policyTableScript(table) + rules.update(index.update(everything))
    },
    update: (changed) => rules.update(index.update(changesOf(changed))),
  })

  const follow = <T>(kind: Kind, informer: Informer<T>): Disposable =>
    informer.subscribe(eachChange((object) => keeper.changed(`${kind} ${keyOf(object)}`)))
  const subscriptions = [
    follow('pods', pods),
    follow('namespaces', namespaces),
    follow('policies', policies),
  ]
  return {
    ready: keeper.ready,
    async [Symbol.asyncDispose]() {
      for (const each of subscriptions) each[Symbol.dispose]()
      await keeper[Symbol.asyncDispose]()
    },
  }
}

function changesOf(changed: ReadonlySet<string>): PolicyChanges {
  const keys = {
    pods: new Set<string>(),
    namespaces: new Set<string>(),
    policies: new Set<string>(),
  }
  for (const each of changed) {
    const space = each.indexOf(' ')
    keys[each.slice(0, space) as Kind].add(each.slice(space + 1))
  }
  return keys
}

function keysOf<T>({ cache }: Informer<T>): readonly string[] {
  return cache.list().map(keyOf)
}

function keyOf(object: unknown): string {
  return keyText(metadataOf(object))
}
