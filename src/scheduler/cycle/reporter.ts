import { podCondition } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import { timestamp, type Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import { createEventRecorder, type EventRecorder } from '../../controller-runtime/index.ts'
import type { Reporter } from './schedule-one.ts'

export interface ReporterOptions {
  readonly client: Client
  readonly clock: Clock
  readonly logger: Logger
  /** The newest state of a Pod; undefined once it is gone. */
  readonly current: (pod: Pod) => Pod | undefined
}

export type WaitReason = 'Unschedulable' | 'SchedulerError' | 'SchedulingGated'

type Written = (pod: Pod, reason: WaitReason, message: string, nominated?: string) => void

/** Writes events, and the condition PodScheduled, which says why a Pod waits. */
export interface PodReporter extends Reporter {
  gated(pod: Pod, message: string): void
  tell(pod: Pod, reason: string, message: string): void
  flush(): Promise<void>
}

export function createReporter(options: ReporterOptions): PodReporter {
  const { current, logger } = options
  const recorders = new Map<string, EventRecorder>()
  const writing = new Set<Promise<void>>()
  const recorder = ({ spec }: Pod): EventRecorder => {
    const component = spec.schedulerName
    const known = recorders.get(component)
    if (known) return known
    const made = createEventRecorder({ ...options, component })
    recorders.set(component, made)
    return made
  }
  const attempt = async (...args: Parameters<Written>): Promise<void> => {
    try {
      await patchStatus(options, ...args)
    } catch (error) {
      if (!isNotFound(error)) logger.warn('Cannot write why a Pod waits', { error })
    }
  }
  const forget = async (done: Promise<void>): Promise<void> => {
    await done
    writing.delete(done)
  }
  const write: Written = (pod, reason, message, nominated) => {
    const newest = current(pod)
    if (!newest || newest.metadata.uid !== pod.metadata.uid) return
    const done = attempt(newest, reason, message, nominated)
    writing.add(done)
    void forget(done)
  }

  return {
    scheduled({ pod }, nodeName) {
      const { namespace, name } = pod.metadata
      recorder(pod).normal(
        pod,
        'Scheduled',
        `Successfully assigned ${namespace}/${name} to ${nodeName}`,
      )
    },
    failed({ pod }, reason, message, nominated) {
      recorder(pod).warning(pod, 'FailedScheduling', message)
      write(pod, reason, message, nominated)
    },
    tell: (pod, reason, message) => recorder(pod).normal(pod, reason, message),
    gated: (pod, message) => write(pod, 'SchedulingGated', message),
    async flush() {
      await Promise.all(writing)
      await Promise.all([...recorders.values()].map((each) => each.flush()))
    },
  }
}

async function patchStatus(
  { client, clock }: ReporterOptions,
  pod: Pod,
  reason: WaitReason,
  message: string,
  nominatedNodeName: string | undefined,
): Promise<void> {
  const { namespace, name, uid, generation } = pod.metadata
  const before = podCondition(pod.status, 'PodScheduled')
  const isSame =
    before?.status === 'False' &&
    before.reason === reason &&
    before.message === message &&
    before.observedGeneration === generation
  const isNominated =
    nominatedNodeName === undefined || nominatedNodeName === (pod.status.nominatedNodeName ?? '')
  if (isSame && isNominated) return
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason,
    message,
    lastProbeTime: null,
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : timestamp(clock),
    ...(generation !== undefined && { observedGeneration: generation }),
  }
  const status = {
    conditions: [condition],
    ...(!isNominated && { nominatedNodeName: nominatedNodeName || null }),
  }
  const patch = { metadata: { uid }, status }
  await client.patch(Pod, { namespace, name }, 'strategic', patch, { subresource: 'status' })
}
