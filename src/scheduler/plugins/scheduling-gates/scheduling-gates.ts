import { on, POD_GATES_GONE, queueIf } from '../../framework/cluster-event.ts'
import type { Plugin } from '../../framework/plugin.ts'
import { unresolvable } from '../../framework/status.ts'

/** Holds back Pods with scheduling gates (KEP-3521). */
export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  events: [
    on('UnscheduledPod', POD_GATES_GONE, (pod, { after }) =>
      queueIf(after?.metadata.uid === pod.metadata.uid),
    ),
  ],
  preEnqueue({ spec: { schedulingGates } }) {
    if (!schedulingGates?.length) return undefined
    const gates = schedulingGates.map(({ name }) => name).join(' ')
    return unresolvable(`waiting for scheduling gates: [${gates}]`)
  },
}
