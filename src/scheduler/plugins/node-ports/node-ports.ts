import { hostPorts, hostPortsConflict } from '../../../api/core/v1/host-ports.ts'
import { ADD, DELETE, on, queueIf } from '../../framework/cluster-event.ts'
import type { Plugin } from '../../framework/plugin.ts'
import { SKIP, unschedulable } from '../../framework/status.ts'

const TAKEN = unschedulable("node(s) didn't have free ports for the requested pod ports")

/** Keeps Pods off nodes whose ports they need but others have. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  events: [
    on('AssignedPod', DELETE, (pod, { before }) => {
      if (!before?.spec.nodeName) return 'Skip'
      const freed = hostPorts(before.spec)
      return queueIf(
        hostPorts(pod.spec).some((port) => freed.some((each) => hostPortsConflict(port, each))),
      )
    }),
    on('Node', ADD),
  ],
  looksAt: ({ ports }) => ports,
  preFilter: (_state, { ports }) => (ports.length === 0 ? { status: SKIP } : undefined),
  filter: (_state, { ports }, node) =>
    ports.some((port) => node.ports.some((each) => hostPortsConflict(port, each)))
      ? TAKEN
      : undefined,
}
