import { int32, listOf, ref, string } from '../../../schema/field.ts'
import { Condition } from '../../meta/v1/common.ts'
import {
  PodGroupResourceClaim,
  PodGroupSchedulingConstraints,
  PodGroupSchedulingPolicy,
} from './common.ts'
import { message, resource } from './group.ts'

export class WorkloadPodGroupTemplateReference extends message(
  'Points at a PodGroup template in a Workload.',
  {
    workloadName: string(1, 'Name of the Workload, in the same namespace.').required(),
    podGroupTemplateName: string(2, 'Name of the template within the Workload.').required(),
  },
) {}

export class PodGroupTemplateReference extends message(
  'Points at the template that a PodGroup was made from. Exactly one field must be set.',
  {
    workload: ref(
      WorkloadPodGroupTemplateReference,
      1,
      'A Pod group template in a Workload of the same namespace.',
    ),
  },
) {}

export class PodGroupSpec extends message('How a PodGroup is to be scheduled.', {
  podGroupTemplateRef: ref(
    PodGroupTemplateReference,
    1,
    'The template in a Workload that the group was made from. Optional.',
  ),
  schedulingPolicy: ref(
    PodGroupSchedulingPolicy,
    2,
    'Whether Pods are scheduled one by one or as a gang. Cannot be changed.',
  ).required(),
  schedulingConstraints: ref(
    PodGroupSchedulingConstraints,
    3,
    'Limits on where the Pods may be placed. None when unset.',
  ),
  resourceClaims: listOf(
    PodGroupResourceClaim,
    4,
    'ResourceClaims that the Pods of the group share.',
  )
    .mapKeys('name')
    .patch('merge,retainKeys', 'name'),
  disruptionMode: string(
    5,
    'Whether Pods may be preempted singly (Pod) or only as a whole (PodGroup). Defaults to Pod.',
  )
    .oneOf('Pod', 'PodGroup')
    .pointer()
    .default('Pod')
    .told(),
  priorityClassName: string(
    6,
    'Name of the PriorityClass of the group. The default class, if any, applies when unset.',
  ),
  priority: int32(
    7,
    'Priority of the group; higher goes first. Filled in from priorityClassName on admission.',
  ).pointer(),
}) {}

export class PodGroupResourceClaimStatus extends message(
  'Which ResourceClaim was made for a claim of a group.',
  {
    name: string(1, 'Name of the claim within the group.').required(),
    resourceClaimName: string(
      2,
      'Name of the ResourceClaim made from the template. Unset when none was needed.',
    ).pointer(),
  },
) {}

export class PodGroupStatus extends message('The observed state of a PodGroup.', {
  conditions: listOf(
    Condition,
    1,
    'The latest observed conditions of the group, such as whether it was scheduled.',
  )
    .mapKeys('type')
    .patch('merge', 'type'),
  resourceClaimStatuses: listOf(
    PodGroupResourceClaimStatus,
    2,
    'The ResourceClaims made for the group from templates.',
  )
    .mapKeys('name')
    .patch('merge,retainKeys', 'name'),
}) {}

export class PodGroup extends resource(
  'A group of Pods that are scheduled together.',
  { plural: 'podgroups', namespaced: true, subresources: ['status'] },
  {
    spec: ref(PodGroupSpec, 2, 'How the group is to be scheduled.').required(),
    status: ref(PodGroupStatus, 3, 'How far scheduling the group has come.').written(),
  },
) {}
