import { NodeAffinity, TopologySpreadConstraint } from '../../api/core/v1/affinity.ts'
import { bool, duration, int32, int64, listOf, ref, string } from '../../schema/field.ts'
import type { AnyField, MessageClass } from '../../schema/message.ts'
import { message } from './group.ts'

// Each may say what it is, as every object of the API does.
const typeMeta = {
  apiVersion: string(1001, 'kubescheduler.config.k8s.io/v1'),
  kind: string(1002, "The plugin's name with Args behind it."),
} satisfies Readonly<Record<string, AnyField>>

export class DefaultPreemptionArgs extends message('Arguments of DefaultPreemption.', {
  ...typeMeta,
  minCandidateNodesPercentage: int32(1, 'Least share of the nodes to look at, in percent.')
    .pointer()
    .default(10),
  minCandidateNodesAbsolute: int32(2, 'Least number of nodes to look at.').pointer().default(100),
}) {}

export class InterPodAffinityArgs extends message('Arguments of InterPodAffinity.', {
  ...typeMeta,
  hardPodAffinityWeight: int32(1, 'How much required affinity to a Pod draws it in turn.')
    .pointer()
    .default(1),
  ignorePreferredTermsOfExistingPods: bool(
    2,
    'What Pods prefer that run already does not count for Pods without preferences.',
  ).default(false),
}) {}

export class NodeAffinityArgs extends message('Arguments of NodeAffinity.', {
  ...typeMeta,
  addedAffinity: ref(NodeAffinity, 1, 'Applies to all Pods, besides their own.'),
}) {}

class ResourceSpec extends message('A resource that counts.', {
  name: string(1, 'Name of the resource.').required(),
  weight: int64(2, 'How much it counts, 1 to 100. 1 where absent.'),
}) {}

class UtilizationShapePoint extends message('A point of a broken line.', {
  utilization: int32(1, 'How much is used, in percent.').required(),
  score: int32(2, 'The score for that, 0 to 10.').required(),
}) {}

class RequestedToCapacityRatioParam extends message('What a node is worth by what is used.', {
  shape: listOf(UtilizationShapePoint, 1, 'The points of the line, by ascending utilization.'),
}) {}

class ScoringStrategy extends message('How nodes are ranked by their resources.', {
  type: string(1, 'LeastAllocated, MostAllocated or RequestedToCapacityRatio.')
    .oneOf('LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio')
    .default('LeastAllocated'),
  resources: listOf(ResourceSpec, 2, 'What counts; processor and memory where empty.'),
  requestedToCapacityRatio: ref(
    RequestedToCapacityRatioParam,
    3,
    'The line, for RequestedToCapacityRatio.',
  ),
}) {}

export class NodeResourcesFitArgs extends message('Arguments of NodeResourcesFit.', {
  ...typeMeta,
  ignoredResources: listOf('string', 1, 'Resources that are not counted.'),
  ignoredResourceGroups: listOf('string', 2, 'Groups of resources that are not counted.'),
  scoringStrategy: ref(ScoringStrategy, 3, 'How nodes are ranked.'),
}) {}

export class NodeResourcesBalancedAllocationArgs extends message(
  'Arguments of NodeResourcesBalancedAllocation.',
  { ...typeMeta, resources: listOf(ResourceSpec, 1, 'What counts; processor and memory.') },
) {}

export class PodTopologySpreadArgs extends message('Arguments of PodTopologySpread.', {
  ...typeMeta,
  defaultConstraints: listOf(
    TopologySpreadConstraint,
    1,
    'For Pods without constraints, about the Pods that they belong with.',
  ),
  defaultingType: string(2, 'System has its own constraints, List those that stand here.')
    .oneOf('System', 'List')
    .default('System'),
}) {}

export class VolumeBindingArgs extends message('Arguments of VolumeBinding.', {
  ...typeMeta,
  bindTimeoutSeconds: int64(1, 'How long volumes may take to be bound.').pointer().default(600),
  shape: listOf(UtilizationShapePoint, 2, 'What a node is worth by its storage.'),
}) {}

export class DynamicResourcesArgs extends message('Arguments of DynamicResources.', {
  ...typeMeta,
  filterTimeout: duration(1, 'How long a node may be looked at; 0 is without limit.')
    .pointer()
    .default('10s'),
  bindingTimeout: duration(2, 'How long devices may take to get ready for a Pod.')
    .pointer()
    .default('10m0s'),
}) {}

/** The arguments of the plugins that take any. */
export interface PluginArgs {
  readonly DefaultPreemption: DefaultPreemptionArgs
  readonly DynamicResources: DynamicResourcesArgs
  readonly InterPodAffinity: InterPodAffinityArgs
  readonly NodeAffinity: NodeAffinityArgs
  readonly NodeResourcesBalancedAllocation: NodeResourcesBalancedAllocationArgs
  readonly NodeResourcesFit: NodeResourcesFitArgs
  readonly PodTopologySpread: PodTopologySpreadArgs
  readonly VolumeBinding: VolumeBindingArgs
}

export type PluginWithArgs = keyof PluginArgs

export const PLUGIN_ARGS: {
  readonly [N in PluginWithArgs]: MessageClass & { new (): PluginArgs[N] }
} = {
  DefaultPreemption: DefaultPreemptionArgs,
  DynamicResources: DynamicResourcesArgs,
  InterPodAffinity: InterPodAffinityArgs,
  NodeAffinity: NodeAffinityArgs,
  NodeResourcesBalancedAllocation: NodeResourcesBalancedAllocationArgs,
  NodeResourcesFit: NodeResourcesFitArgs,
  PodTopologySpread: PodTopologySpreadArgs,
  VolumeBinding: VolumeBindingArgs,
}
