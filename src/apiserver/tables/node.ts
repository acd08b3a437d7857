import type { Node } from '../../api/core/v1/node.ts'
import type { RuntimeClass } from '../../api/node/v1/runtime-class.ts'
import { NONE } from './cells.ts'
import { AGE, column, NAME, tableFor, wide, type TableEntry } from './table.ts'

export const NODE_TABLES: readonly TableEntry[] = [
  tableFor<Node>('', 'Node', {
    columns: [
      NAME,
      column('Status', 'Whether the node is ready, and whether it takes Pods.'),
      column('Roles', 'What the node is for, by its node-role labels.'),
      AGE,
      column('Version', 'The version of the kubelet.'),
      wide('Internal-IP', 'The address of the node within the cluster.'),
      wide('External-IP', 'The address of the node outside.'),
      wide('OS-Image', 'The operating system, as it names itself.'),
      wide('Kernel-Version', 'The version of the kernel.'),
      wide('Container-Runtime', 'The container runtime and its version.'),
    ],
    cells: (node, ages) => {
      const { metadata, status } = node
      const info = status.nodeInfo
      return [
        metadata.name,
        statusCell(node),
        rolesOf(node).join(',') || NONE,
        ages.since(metadata.creationTimestamp),
        info?.kubeletVersion ?? '',
        addressCell(node, 'InternalIP'),
        addressCell(node, 'ExternalIP'),
        info?.osImage || UNKNOWN,
        info?.kernelVersion || UNKNOWN,
        info?.containerRuntimeVersion || UNKNOWN,
      ]
    },
  }),
  tableFor<RuntimeClass>('node.k8s.io', 'RuntimeClass', {
    columns: [NAME, column('Handler', 'What the runtime of a node knows the class by.'), AGE],
    cells: ({ metadata, handler }, ages) => [
      metadata.name,
      handler,
      ages.since(metadata.creationTimestamp),
    ],
  }),
]

const UNKNOWN = '<unknown>'

function statusCell({ spec, status }: Node): string {
  const ready = status.conditions?.findLast(({ type }) => type === 'Ready')
  const readiness = ready?.status === 'True' ? 'Ready' : 'NotReady'
  return [
    ready ? readiness : 'Unknown',
    ...(spec.unschedulable ? ['SchedulingDisabled'] : []),
  ].join(',')
}

const ROLE_PREFIX = 'node-role.kubernetes.io/'

function rolesOf({ metadata }: Node): readonly string[] {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return [key.slice(ROLE_PREFIX.length)]
    return key === 'kubernetes.io/role' ? [value] : []
  })
  return [...new Set(roles)].filter((role) => role !== '').toSorted()
}

function addressCell({ status }: Node, kind: string): string {
  return status.addresses?.find(({ type }) => type === kind)?.address ?? NONE
}
