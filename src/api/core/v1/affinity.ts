import { int32, listOf, ref, string } from '../../../schema/field.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { NodeSelector, NodeSelectorTerm } from './selector.ts'
import { message } from './group.ts'

export class PreferredSchedulingTerm extends message(
  'A node preference with a weight. An empty preference matches all nodes at no effect.',
  {
    weight: int32(1, 'Weight added for a matching node, 1 to 100.').required(),
    preference: ref(NodeSelectorTerm, 2, 'The nodes that gain the weight.').required(),
  },
) {}

export class NodeAffinity extends message('Rules on which nodes a Pod may or should run.', {
  requiredDuringSchedulingIgnoredDuringExecution: ref(
    NodeSelector,
    1,
    'Rules a node must meet to get the Pod. Later label changes do not evict it.',
  ),
  preferredDuringSchedulingIgnoredDuringExecution: listOf(
    PreferredSchedulingTerm,
    2,
    'Weighted rules; nodes with the highest sum of matched weights are preferred.',
  ).atomic(),
}) {}

export class PodAffinityTerm extends message(
  'A set of Pods and the topology in which to be near to, or apart from, them.',
  {
    labelSelector: ref(LabelSelector, 1, 'Labels of the Pods that count. Unset matches no Pods.'),
    namespaces: listOf(
      'string',
      2,
      'Namespaces of the Pods that count, added to namespaceSelector. With both unset, that of this Pod.',
    ).atomic(),
    topologyKey: string(
      3,
      'Node label whose value defines a domain; nodes with equal values are in the same place.',
    ).required(),
    namespaceSelector: ref(
      LabelSelector,
      4,
      'Labels of further namespaces to look in. Empty matches all; unset adds none.',
    ),
    matchLabelKeys: listOf(
      'string',
      5,
      'Label keys whose values on this Pod are added to labelSelector as equal (In).',
    ).atomic(),
    mismatchLabelKeys: listOf(
      'string',
      6,
      'Label keys whose values on this Pod are added to labelSelector as different (NotIn).',
    ).atomic(),
  },
) {}

export class WeightedPodAffinityTerm extends message('A Pod affinity term with a weight.', {
  weight: int32(1, 'Weight added for a matching node, 1 to 100.').required(),
  podAffinityTerm: ref(
    PodAffinityTerm,
    2,
    'Which Pods and topology the weight is about.',
  ).required(),
}) {}

export class PodAffinity extends message('Rules that draw a Pod towards other Pods.', {
  requiredDuringSchedulingIgnoredDuringExecution: listOf(
    PodAffinityTerm,
    1,
    'Terms that must all hold for a node to get the Pod. Later changes do not evict it.',
  ).atomic(),
  preferredDuringSchedulingIgnoredDuringExecution: listOf(
    WeightedPodAffinityTerm,
    2,
    'Weighted terms; nodes with the highest sum of matched weights are preferred.',
  ).atomic(),
}) {}

export class PodAntiAffinity extends message('Rules that keep a Pod apart from other Pods.', {
  requiredDuringSchedulingIgnoredDuringExecution: listOf(
    PodAffinityTerm,
    1,
    'Terms none of which may match for a node to get the Pod. Later changes do not evict it.',
  ).atomic(),
  preferredDuringSchedulingIgnoredDuringExecution: listOf(
    WeightedPodAffinityTerm,
    2,
    'Weighted terms; nodes with the highest sum of matched weights are avoided.',
  ).atomic(),
}) {}

export class Affinity extends message('Where a Pod may run, relative to nodes and to other Pods.', {
  nodeAffinity: ref(
    NodeAffinity,
    1,
    'Which nodes the Pod requires or prefers, chosen by node labels and fields.',
  ),
  podAffinity: ref(
    PodAffinity,
    2,
    'Which other Pods this Pod should share a topology domain with.',
  ),
  podAntiAffinity: ref(PodAntiAffinity, 3, 'Which other Pods this Pod should be kept apart from.'),
}) {}

export class TopologySpreadConstraint extends message(
  'How evenly matching Pods are spread over topology domains.',
  {
    maxSkew: int32(
      1,
      'Largest allowed difference in Pod count between a domain and the emptiest one. At least 1.',
    ).required(),
    topologyKey: string(2, 'Node label whose value defines a domain.').required(),
    whenUnsatisfiable: string(
      3,
      'DoNotSchedule holds the Pod back; ScheduleAnyway only prefers nodes that lower the skew.',
    )
      .oneOf('DoNotSchedule', 'ScheduleAnyway')
      .required(),
    labelSelector: ref(
      LabelSelector,
      4,
      'Labels of the Pods to count, in the namespace of the Pod.',
    ),
    minDomains: int32(
      5,
      'Least number of domains; with fewer, the minimum counts as 0. Needs DoNotSchedule. Defaults to 1.',
    ).pointer(),
    nodeAffinityPolicy: string(
      6,
      'Whether node affinity and nodeSelector limit the nodes that count. Defaults to Honor.',
    )
      .oneOf('Ignore', 'Honor')
      .pointer(),
    nodeTaintsPolicy: string(
      7,
      'Whether nodes with taints not tolerated are left out. Defaults to Ignore.',
    )
      .oneOf('Ignore', 'Honor')
      .pointer(),
    matchLabelKeys: listOf(
      'string',
      8,
      'Label keys whose values on this Pod are added to labelSelector. Needs labelSelector.',
    ).atomic(),
  },
) {}
