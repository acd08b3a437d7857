import type { Taint, Toleration } from './toleration.ts'

/** Whether a toleration puts up with a taint. See https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export function toleratesTaint(
  { key, operator, value = '', effect }: Toleration,
  taint: Pick<Taint, 'key' | 'value' | 'effect'>,
): boolean {
  if (effect && effect !== taint.effect) return false
  if (key && key !== taint.key) return false
  return operator === 'Exists' || value === (taint.value ?? '')
}

/** The first taint with one of these effects that nothing tolerates. */
export function findUntoleratedTaint(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly Taint['effect'][],
): Taint | undefined {
  return taints?.find(
    (taint) =>
      effects.includes(taint.effect) && !tolerations?.some((each) => toleratesTaint(each, taint)),
  )
}
