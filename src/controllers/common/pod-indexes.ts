import { claimsOfPod } from '../../api/core/v1/pod-volumes.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { matches, type Requirement, type Selector } from '../../apimachinery/labels.ts'
import { indexBy, type ObjectKey, type PassCache } from '../../controller-runtime/index.ts'

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

/** Pods by each of their labels, as `labelText()` writes it. */
const podsByLabel = indexBy(Pod, 'label', ({ metadata }) =>
  Object.entries(metadata.labels ?? {}).map(([key, value]) =>
    labelText(metadata.namespace, key, value),
  ),
)

/** A label of something in a namespace, as one text. */
export function labelText(namespace: string, key: string, value: string): string {
  return `${namespace}/${key}=${value}`
}

/**
 * The Pods of a namespace that a selector selects. Only those are looked at that have one of the labels that it demands,
 * the rarest of them; all of the namespace where it demands none.
 */
export function podsSelected(
  namespace: string,
  selector: Selector,
  cache: PassCache,
): readonly Pod[] {
  if (selector.nothing) return []
  const [rarest] = selector.requirements
    .filter(({ operator }) => DEMANDING.has(operator))
    // A value that is named twice selects no Pod twice.
    .map(({ key, values }) => [...new Set(values)].map((each) => labelText(namespace, key, each)))
    .map((labels) => ({ labels, count: sum(labels.map((each) => cache.count(podsByLabel, each))) }))
    .toSorted((a, b) => a.count - b.count)
  const candidates = rarest
    ? rarest.labels.flatMap((each) => cache.find(podsByLabel, each))
    : cache.list(Pod, { namespace })
  return candidates.filter(({ metadata }) => matches(selector, metadata.labels))
}

const DEMANDING: ReadonlySet<string> = new Set<Requirement['operator']>(['=', '==', 'in'])

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
