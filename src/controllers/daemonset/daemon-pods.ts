import type { DaemonSet } from '../../api/apps/v1/daemon-set.ts'
import { matchesNodeAffinity } from '../../api/core/v1/node-affinity.ts'
import type { Node } from '../../api/core/v1/node.ts'
import type { PodSpec } from '../../api/core/v1/pod-spec.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { findUntoleratedTaint } from '../../api/core/v1/tolerations.ts'
import type { Toleration } from '../../api/core/v1/toleration.ts'
import type { Input } from '../../schema/message.ts'
import { REVISION_HASH } from '../common/controller-revisions.ts'
import { podFrom } from '../common/pod-from-template.ts'

const NODE_NAME_FIELD = 'metadata.name'

/** What daemons put up with: they are to run where nothing else may, and to stay while the node is in trouble. */
const TOLERATED: readonly (readonly [key: string, effect: 'NoExecute' | 'NoSchedule'])[] = [
  ['node.kubernetes.io/not-ready', 'NoExecute'],
  ['node.kubernetes.io/unreachable', 'NoExecute'],
  ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
  ['node.kubernetes.io/memory-pressure', 'NoSchedule'],
  ['node.kubernetes.io/pid-pressure', 'NoSchedule'],
  ['node.kubernetes.io/unschedulable', 'NoSchedule'],
]
const HOST_NETWORK_TOLERATED = ['node.kubernetes.io/network-unavailable', 'NoSchedule'] as const

/** The tolerations of a DaemonSet's Pods: the template's, and those of every daemon. */
export function daemonTolerations({
  tolerations = [],
  hostNetwork,
}: PodSpec): readonly Toleration[] {
  const added = [...TOLERATED, ...(hostNetwork ? [HOST_NETWORK_TOLERATED] : [])].map(
    ([key, effect]): Toleration => ({ key, operator: 'Exists', effect }),
  )
  const isAdded = (own: Toleration): boolean =>
    added.some(({ key, effect }) => own.key === key && own.effect === effect && !own.value)
  return [...tolerations.filter((own) => !isAdded(own)), ...added]
}

/** The Pod of a DaemonSet for one node. The scheduler binds it, and to no other node. */
export function daemonPod(daemonSet: DaemonSet, nodeName: string, hash: string): Input<Pod> {
  const { template } = daemonSet.spec
  const { metadata } = podFrom(daemonSet, template)
  const { affinity } = template.spec
  const matchFields = [{ key: NODE_NAME_FIELD, operator: 'In' as const, values: [nodeName] }]
  return {
    metadata: { ...metadata, labels: { ...metadata?.labels, [REVISION_HASH]: hash } },
    spec: {
      ...template.spec,
      tolerations: daemonTolerations(template.spec),
      affinity: {
        ...affinity,
        nodeAffinity: {
          ...affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
        },
      },
    },
  }
}

/** The node that a Pod is on, or is meant for. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  for (const { matchFields = [] } of terms ?? []) {
    const field = matchFields.find(
      ({ key, operator }) => key === NODE_NAME_FIELD && operator === 'In',
    )
    if (field?.values?.length === 1) return field.values[0]
  }
  return undefined
}

export interface Placement {
  /** A Pod should be started on the node. */
  readonly run: boolean
  /** A Pod that is there may stay. */
  readonly stay: boolean
}

/** Whether a node is one of the DaemonSet's. A taint that keeps new Pods away lets old ones stay, unless it evicts. */
export function placementOn({ spec }: DaemonSet, node: Node): Placement {
  const { template } = spec
  const { nodeName } = template.spec
  if (nodeName && nodeName !== node.metadata.name) return { run: false, stay: false }
  if (!matchesNodeAffinity(template.spec, node)) return { run: false, stay: false }
  const tolerations = daemonTolerations(template.spec)
  const { taints } = node.spec
  if (!findUntoleratedTaint(taints, tolerations, ['NoExecute', 'NoSchedule'])) {
    return { run: true, stay: true }
  }
  return { run: false, stay: !findUntoleratedTaint(taints, tolerations, ['NoExecute']) }
}
