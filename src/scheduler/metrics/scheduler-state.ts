import type { ClusterCache } from '../cache/cluster-cache.ts'
import type { Cycles } from '../cycle/run-cycles.ts'
import type { SchedulingQueue } from '../queue/scheduling-queue.ts'
import type { SchedulerState } from './scheduler-metrics.ts'

/** What a scheduler has at the moment. */
export function schedulerState(
  cache: ClusterCache,
  queue: SchedulingQueue,
  { bindings }: Cycles,
): SchedulerState {
  const { active, backoff, unschedulable, gated } = queue.counts
  return {
    pending: { active, backoff, unschedulable, gated },
    nodes: cache.nodeCount,
    pods: cache.podCount,
    assumedPods: cache.countAssumed(),
    bindings,
    unschedulable: rejections(queue),
  }
}

function rejections(queue: SchedulingQueue): SchedulerState['unschedulable'] {
  const waiting = [...queue.list()].filter(
    ({ place }) => place === 'unschedulable' || place === 'gated',
  )
  const reasons = waiting.flatMap(({ info, rejectedBy, pendingOn }) =>
    [...rejectedBy, ...pendingOn].map((plugin) => ({
      plugin,
      profile: info.pod.spec.schedulerName,
    })),
  )
  const groups = Map.groupBy(reasons, ({ plugin, profile }) => `${profile} ${plugin}`)
  return [...groups.values()].map((group) => ({ ...group[0]!, count: group.length }))
}
