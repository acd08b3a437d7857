import { int32, listOf, ref, string } from '../../../schema/field.ts'
import {
  PodGroupResourceClaim,
  PodGroupSchedulingConstraints,
  PodGroupSchedulingPolicy,
} from './common.ts'
import { message, resource } from './group.ts'

export class PodGroupTemplate extends message('From which the PodGroups of a Workload are made.', {
  name: string(1, 'Name of the template, unique in the Workload. A DNS label.').required(),
  schedulingPolicy: ref(
    PodGroupSchedulingPolicy,
    2,
    'Whether Pods are scheduled one by one or as a gang.',
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
    'Whether Pods may be preempted singly (Pod) or only as a whole (PodGroup).',
  )
    .oneOf('Pod', 'PodGroup')
    .pointer(),
  priorityClassName: string(
    6,
    'Name of the PriorityClass of the groups made. The default class, if any, applies when unset.',
  ),
  priority: int32(
    7,
    'Priority of the groups made; higher goes first. Filled in from priorityClassName on admission.',
  ).pointer(),
}) {}

export class TypedLocalObjectReference extends message(
  'Names an object of any kind in the same namespace.',
  {
    apiGroup: string(1, 'API group of the object. Unset means the core group.'),
    kind: string(2, 'Kind of the object that is meant.').required(),
    name: string(3, 'Name of the object that is meant, in the same namespace.').required(),
  },
) {}

export class WorkloadSpec extends message('The groups of Pods in a Workload.', {
  controllerRef: ref(
    TypedLocalObjectReference,
    1,
    'The object, such as a Job, that manages the Pods. For information only; optional.',
  ),
  podGroupTemplates: listOf(
    PodGroupTemplate,
    2,
    'The templates from which PodGroups are made. Cannot be changed.',
  )
    .required()
    .mapKeys('name'),
}) {}

export class Workload extends resource(
  'Describes how the groups of Pods of an application are to be scheduled.',
  { plural: 'workloads', namespaced: true },
  {
    spec: ref(WorkloadSpec, 2, 'The groups and the controller they belong to.').required(),
  },
) {}
