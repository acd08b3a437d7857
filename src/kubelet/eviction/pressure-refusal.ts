import { podQosClass } from '../../api/core/v1/pod-qos.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { toleratesTaint } from '../../api/core/v1/tolerations.ts'
import { isCriticalPod } from '../pod-workers/critical-pod.ts'
import type { Waiting } from '../pod-workers/plan-types.ts'
import type { Pressure } from './signals.ts'

const MEMORY_TAINT = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' } as const

/** Why a node under pressure does not take a Pod. Where memory alone is short, those that asked for some are welcome. */
export function pressureRefusal(pod: Pod, pressures: readonly Pressure[]): Waiting | undefined {
  if (pressures.length === 0 || isCriticalPod(pod)) return undefined
  if (pressures.every((each) => each === 'MemoryPressure')) {
    if (podQosClass(pod.spec) !== 'BestEffort') return undefined
    if (pod.spec.tolerations?.some((each) => toleratesTaint(each, MEMORY_TAINT))) return undefined
  }
  const message = `Pod was rejected: The node had condition: [${pressures.join(' ')}]. `
  return { reason: 'Evicted', message }
}
