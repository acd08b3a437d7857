import { int32, listOf, ref, string } from '../../../schema/field.ts'
import { message } from './group.ts'

export class BasicSchedulingPolicy extends message(
  'Schedules the Pods of a group one by one, as usual. Has no settings.',
  {},
) {}

export class GangSchedulingPolicy extends message(
  'Schedules the Pods of a group all together or not at all.',
  {
    minCount: int32(
      1,
      'Fewest Pods that must fit at the same time for any to be scheduled. At least 1.',
    ).required(),
  },
) {}

export class PodGroupResourceClaim extends message(
  'A ResourceClaim that the Pods of a group share. Set exactly one of its two sources.',
  {
    name: string(1, 'Name of the claim within the group. A DNS label.').required(),
    resourceClaimName: string(
      2,
      'Name of an existing ResourceClaim in the namespace of the group.',
    ).pointer(),
    resourceClaimTemplateName: string(
      3,
      'Name of the ResourceClaimTemplate from which a claim is made for the group.',
    ).pointer(),
  },
) {}

export class TopologyConstraint extends message(
  'Keeps all Pods of a group in one topology domain.',
  {
    key: string(
      1,
      'Node label whose value all chosen nodes must share, such as topology.kubernetes.io/rack.',
    ).required(),
  },
) {}

export class PodGroupSchedulingConstraints extends message(
  'Limits on where the Pods of a group may be placed together.',
  {
    topology: listOf(
      TopologyConstraint,
      1,
      'Topology domains that all Pods of the group must share.',
    ).atomic(),
  },
) {}

export class PodGroupSchedulingPolicy extends message(
  'How a group is scheduled. Set exactly one field.',
  {
    basic: ref(BasicSchedulingPolicy, 1, 'Schedule Pods one by one.'),
    gang: ref(GangSchedulingPolicy, 2, 'Schedule Pods all together or not at all.'),
  },
) {}
