import type { ControllerRevision } from '../../api/apps/v1/controller-revision.ts'
import type { DaemonSet } from '../../api/apps/v1/daemon-set.ts'
import type { Deployment } from '../../api/apps/v1/deployment.ts'
import type { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import type { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import type { PodTemplate } from '../../api/core/v1/pod-template.ts'
import type { ReplicationController } from '../../api/core/v1/replication-controller.ts'
import type { PodDisruptionBudget } from '../../api/policy/v1/pod-disruption-budget.ts'
import {
  containerCells,
  labelsCell,
  NONE,
  resourceCell,
  selectorCell,
  selectorText,
} from './cells.ts'
import { AGE, column, NAME, tableFor, wide, type TableEntry } from './table.ts'

export const CONTAINERS: readonly ReturnType<typeof wide>[] = [
  wide('Containers', 'Names of the containers in the template.'),
  wide('Images', 'Images of the containers in the template.'),
]
export const SELECTOR: ReturnType<typeof wide> = wide('Selector', 'Which Pods are selected.')

const DESIRED = column('Desired', 'How many Pods are wanted.', 'integer')
const CURRENT = column('Current', 'How many Pods there are.', 'integer')
const READY = column('Ready', 'How many Pods are ready.', 'integer')

export const WORKLOAD_TABLES: readonly TableEntry[] = [
  tableFor<Deployment>('apps', 'Deployment', {
    columns: [
      NAME,
      column('Ready', 'How many Pods are ready, of how many.'),
      column('Up-to-date', 'How many Pods have the newest template.'),
      column('Available', 'How many Pods have been ready for long enough.'),
      AGE,
      ...CONTAINERS,
      SELECTOR,
    ],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      `${status.readyReplicas ?? 0}/${spec.replicas}`,
      status.updatedReplicas ?? 0,
      status.availableReplicas ?? 0,
      ages.since(metadata.creationTimestamp),
      ...containerCells(spec.template.spec?.containers),
      selectorText(spec.selector, '<invalid>'),
    ],
  }),
  tableFor<ReplicaSet>('apps', 'ReplicaSet', {
    columns: [NAME, DESIRED, CURRENT, READY, AGE, ...CONTAINERS, SELECTOR],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      spec.replicas,
      status.replicas,
      status.readyReplicas ?? 0,
      ages.since(metadata.creationTimestamp),
      ...containerCells(spec.template?.spec?.containers),
      selectorCell(spec.selector),
    ],
  }),
  tableFor<ReplicationController>('', 'ReplicationController', {
    columns: [NAME, DESIRED, CURRENT, READY, AGE, ...CONTAINERS, SELECTOR],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      spec.replicas,
      status.replicas,
      status.readyReplicas ?? 0,
      ages.since(metadata.creationTimestamp),
      ...containerCells(spec.template?.spec?.containers),
      labelsCell(spec.selector),
    ],
  }),
  tableFor<StatefulSet>('apps', 'StatefulSet', {
    columns: [NAME, column('Ready', 'How many Pods are ready, of how many.'), AGE, ...CONTAINERS],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      `${status.readyReplicas ?? 0}/${spec.replicas}`,
      ages.since(metadata.creationTimestamp),
      ...containerCells(spec.template.spec?.containers),
    ],
  }),
  tableFor<DaemonSet>('apps', 'DaemonSet', {
    columns: [
      NAME,
      column('Desired', 'How many nodes should run the Pod.', 'integer'),
      column('Current', 'How many nodes run the Pod.', 'integer'),
      column('Ready', 'On how many nodes the Pod is ready.', 'integer'),
      column('Up-to-date', 'How many Pods have the newest template.', 'integer'),
      column('Available', 'How many Pods have been ready for long enough.', 'integer'),
      column('Node Selector', 'Labels that nodes must have.'),
      AGE,
      ...CONTAINERS,
      SELECTOR,
    ],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      status.desiredNumberScheduled,
      status.currentNumberScheduled,
      status.numberReady,
      status.updatedNumberScheduled ?? 0,
      status.numberAvailable ?? 0,
      labelsCell(spec.template.spec?.nodeSelector),
      ages.since(metadata.creationTimestamp),
      ...containerCells(spec.template.spec?.containers),
      selectorCell(spec.selector),
    ],
  }),
  tableFor<ControllerRevision>('apps', 'ControllerRevision', {
    columns: [
      NAME,
      column('Controller', 'Whose revision it is.'),
      column('Revision', 'The number of the revision.'),
      AGE,
    ],
    cells: ({ metadata, revision }, ages) => [
      metadata.name,
      controllerCell(metadata.ownerReferences),
      revision,
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<PodTemplate>('', 'PodTemplate', {
    columns: [
      NAME,
      column('Containers', 'Names of the containers in the template.'),
      column('Images', 'Images of the containers in the template.'),
      column('Pod Labels', 'Labels of the Pods made from the template.'),
    ],
    cells: ({ metadata, template }) => [
      metadata.name,
      ...containerCells(template.spec?.containers),
      labelsCell(template.metadata?.labels),
    ],
  }),
  tableFor<PodDisruptionBudget>('policy', 'PodDisruptionBudget', {
    columns: [
      NAME,
      column('Min Available', 'How many Pods must stay available.'),
      column('Max Unavailable', 'How many Pods may be unavailable.'),
      column('Allowed Disruptions', 'How many Pods may be evicted now.', 'integer'),
      AGE,
    ],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      String(spec.minAvailable ?? 'N/A'),
      String(spec.maxUnavailable ?? 'N/A'),
      status.disruptionsAllowed,
      ages.since(metadata.creationTimestamp),
    ],
  }),
]

interface Owner {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly controller?: boolean
}

function controllerCell(owners: readonly Owner[] = []): string {
  const controller = owners.find((each) => each.controller)
  if (!controller) return NONE
  const [group = '', version] = controller.apiVersion.split('/')
  return resourceCell(controller.kind, version === undefined ? '' : group, controller.name)
}
