import type { PodSpec } from '../../../api/core/v1/pod-spec.ts'
import { toleratesTaint } from '../../../api/core/v1/tolerations.ts'
import { ADD, NODE_TAINT, on, POD_TOLERATION, queueIf } from '../../framework/cluster-event.ts'
import type { Plugin } from '../../framework/plugin.ts'
import { unresolvable } from '../../framework/status.ts'

const TAINT = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' } as const
const UNSCHEDULABLE = unresolvable('node(s) were unschedulable')

/** Keeps Pods off nodes that are cordoned, but for those that tolerate that. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  events: [
    on('Node', ADD | NODE_TAINT, (pod, { after }) =>
      queueIf(after !== undefined && (!after.spec.unschedulable || tolerates(pod.spec))),
    ),
    on('UnscheduledPod', POD_TOLERATION, (pod, { after }) =>
      queueIf(after?.metadata.uid === pod.metadata.uid && tolerates(after.spec)),
    ),
  ],
  looksAt: ({ pod: { spec } }) => spec.tolerations ?? null,
  filter(_state, { pod: { spec } }, { node }) {
    return node.spec.unschedulable && !tolerates(spec) ? UNSCHEDULABLE : undefined
  },
}

function tolerates({ tolerations }: PodSpec): boolean {
  return tolerations?.some((each) => toleratesTaint(each, TAINT)) ?? false
}
