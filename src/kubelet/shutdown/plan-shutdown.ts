import { parseDuration } from '../../apimachinery/durations.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import { PRIORITY_CRITICAL } from '../pod-workers/critical-pod.ts'

/** Pods that end at the same time when the node stops, and how long they have. */
export interface ShutdownGroup {
  readonly pods: readonly Pod[]
  readonly seconds: number
}

type Settings = Pick<
  KubeletConfiguration,
  'shutdownGracePeriod' | 'shutdownGracePeriodCriticalPods' | 'shutdownGracePeriodByPodPriority'
>

interface Period {
  readonly priority: number
  readonly seconds: number
}

/**
 * In which order Pods end when the node stops: the least important first, so that what others need goes last. See
 * https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/
 */
export function planShutdown(pods: readonly Pod[], settings: Settings): readonly ShutdownGroup[] {
  const periods = periodsOf(settings)
  if (periods.length === 0) return []
  const periodOf = ({ spec }: Pod): Period =>
    periods.findLast(({ priority }) => (spec.priority ?? 0) >= priority) ?? periods[0]!
  const groups = Map.groupBy(pods, periodOf)
  return periods.flatMap((period) => {
    const own = groups.get(period)
    return own ? [{ pods: own, seconds: period.seconds }] : []
  })
}

/** How long the node waits for all of its Pods, in seconds. */
export function shutdownSeconds(settings: Settings): number {
  return periodsOf(settings).reduce((sum, { seconds }) => sum + seconds, 0)
}

/** By priority, the least first. */
function periodsOf(settings: Settings): readonly Period[] {
  const { shutdownGracePeriodByPodPriority: given = [] } = settings
  if (given.length > 0)
    return given
      .map(({ priority, shutdownGracePeriodSeconds: seconds }) => ({
        priority,
        seconds,
      }))
      .toSorted((a, b) => a.priority - b.priority)
  const [all, critical] = [
    settings.shutdownGracePeriod,
    settings.shutdownGracePeriodCriticalPods,
  ].map((text) => parseDuration(text) / 1000) as [number, number]
  if (all === 0) return []
  return [
    { priority: 0, seconds: all - critical },
    { priority: PRIORITY_CRITICAL, seconds: critical },
  ]
}
