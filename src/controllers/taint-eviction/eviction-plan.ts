import type { Pod } from '../../api/core/v1/pod.ts'
import type { Taint } from '../../api/core/v1/toleration.ts'
import { toleratesTaint } from '../../api/core/v1/tolerations.ts'

/**
 * How long a Pod may stay on a node with these taints, in milliseconds from when it met them: 0 where it must go at
 * once, undefined where it may stay for ever.
 * See https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
 */
export function toleratedMs(
  { spec }: Pick<Pod, 'spec'>,
  taints: readonly Taint[] | undefined,
): number | undefined {
  const tolerations = spec.tolerations ?? []
  const used = new Set<(typeof tolerations)[number]>()
  for (const taint of taints ?? []) {
    if (taint.effect !== 'NoExecute') continue
    const toleration = tolerations.find((each) => toleratesTaint(each, taint))
    if (!toleration) return 0
    used.add(toleration)
  }
  const seconds = [...used].flatMap(({ tolerationSeconds }) => tolerationSeconds ?? [])
  return seconds.length === 0 ? undefined : Math.max(0, Math.min(...seconds)) * 1000
}
