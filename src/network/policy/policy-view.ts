import type { Namespace } from '../../api/core/v1/namespace.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import type { NetworkPolicy } from '../../api/networking/v1/network-policy.ts'
import { indexBy, type CacheReader } from '../../client/object-cache.ts'
import { parseKey } from '../../client/object-key.ts'

/** The cluster as policies see it; keys are `NAMESPACE/NAME`. */
export interface PolicyView {
  pod(key: string): Pod | undefined
  pods(namespace: string): readonly Pod[]
  /** Pods that have a port of this name. */
  podsWithPort(name: string): readonly Pod[]
  namespace(name: string): Namespace | undefined
  namespaces(): readonly Namespace[]
  policy(key: string): NetworkPolicy | undefined
}

const podsByPort = indexBy(Pod, 'policy-port', ({ spec }) =>
  [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ ports = [] }) =>
    ports.flatMap(({ name }) => (name ? [name] : [])),
  ),
)

/** The cluster as policies see it, from caches. */
export function policyViewOf(
  pods: CacheReader<Pod>,
  namespaces: CacheReader<Namespace>,
  policies: CacheReader<NetworkPolicy>,
): PolicyView {
  return {
    pod: (key) => pods.get(parseKey(key)),
    pods: (namespace) => pods.list(namespace),
    podsWithPort: (name) => pods.find(podsByPort, name),
    namespace: (name) => namespaces.get({ name }),
    namespaces: () => namespaces.list(),
    policy: (key) => policies.get(parseKey(key)),
  }
}
