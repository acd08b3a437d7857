import { claimsOfPod } from '../../api/core/v1/pod-volumes.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { indexBy, type ObjectKey } from '../../controller-runtime/index.ts'

/** Pods by the node that they are on. */
export const podsByNode = indexBy(Pod, 'node', ({ spec }) => (spec.nodeName ? [spec.nodeName] : []))

/** Pods by the claims that they use, as `NAMESPACE/NAME`. */
export const podsByClaim = indexBy(Pod, 'claim', (pod) =>
  claimKeysOf(pod).map(({ namespace, name }) => `${namespace}/${name}`),
)

/** The keys of the claims that a Pod uses. */
export function claimKeysOf(pod: Pod): readonly (ObjectKey & { readonly namespace: string })[] {
  const { namespace } = pod.metadata
  return claimsOfPod(pod).map(({ claimName: name }) => ({ namespace, name }))
}
