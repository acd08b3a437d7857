import { int32, int64, listOf, quantity, ref, string, time } from '../../../schema/field.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { message, resource } from './group.ts'

export class MetricTarget extends message('The value at which a metric should be held.', {
  type: string(1, 'How the target is given: Utilization, Value or AverageValue.').required(),
  value: quantity(2, 'Wanted value of the metric as a whole.').pointer(),
  averageValue: quantity(3, 'Wanted average of the metric per Pod.').pointer(),
  averageUtilization: int32(
    4,
    'Wanted average usage, as a percentage of the requests. Resource metrics only.',
  ).pointer(),
}) {}

export class ContainerResourceMetricSource extends message(
  'Scales on the resource usage of one container in each Pod.',
  {
    name: string(1, 'Name of the resource, such as cpu or memory.').required(),
    target: ref(MetricTarget, 2, 'The value that scaling is to bring the metric to.').required(),
    container: string(3, 'Name of the container in the Pods being scaled.').required(),
  },
) {}

export class MetricValueStatus extends message('The current value of a metric.', {
  value: quantity(1, 'Current value of the metric as a whole.').pointer(),
  averageValue: quantity(2, 'Current average of the metric per Pod.').pointer(),
  averageUtilization: int32(
    3,
    'Current average usage, as a percentage of the requests. Resource metrics only.',
  ).pointer(),
}) {}

export class ContainerResourceMetricStatus extends message(
  'The current resource usage of one container in each Pod.',
  {
    name: string(1, 'Name of the resource, such as cpu or memory.').required(),
    current: ref(MetricValueStatus, 2, 'The value of the metric when it was last read.').required(),
    container: string(3, 'Name of the container in the Pods being scaled.').required(),
  },
) {}

export class CrossVersionObjectReference extends message(
  'Names an object well enough to find it in any API version.',
  {
    kind: string(1, 'Kind of the object that is meant, such as Deployment.').required(),
    name: string(2, 'Name of the object that is meant.').required(),
    apiVersion: string(3, 'API group and version of the object that is meant.'),
  },
) {}

export class MetricIdentifier extends message(
  'Name of a metric and, optionally, labels to narrow it.',
  {
    name: string(1, 'Name of the metric, as the metrics API knows it.').required(),
    selector: ref(
      LabelSelector,
      2,
      'Labels that narrow the metric. When unset, the metric name alone is used.',
    ),
  },
) {}

export class ExternalMetricSource extends message(
  'Scales on a metric unrelated to any Kubernetes object.',
  {
    metric: ref(
      MetricIdentifier,
      1,
      'Name of the external metric, and labels that its series must have.',
    ).required(),
    target: ref(MetricTarget, 2, 'The value that scaling is to bring the metric to.').required(),
  },
) {}

export class ExternalMetricStatus extends message(
  'The current value of a metric unrelated to any Kubernetes object.',
  {
    metric: ref(
      MetricIdentifier,
      1,
      'Name of the external metric, and labels that its series must have.',
    ).required(),
    current: ref(MetricValueStatus, 2, 'The value of the metric when it was last read.').required(),
  },
) {}

export class HPAScalingPolicy extends message(
  'A limit on how far scaling may go within a period.',
  {
    type: string(1, 'Whether value counts Pods or is a Percent of the current number.').required(),
    value: int32(2, 'How much change the policy permits per period. Must be above 0.').required(),
    periodSeconds: int32(
      3,
      'Length in seconds of the window the limit applies to. From 1 to 1800.',
    ).required(),
  },
) {}

export class HPAScalingRules extends message(
  'How fast and how eagerly to scale in one direction.',
  {
    stabilizationWindowSeconds: int32(
      3,
      'Seconds of past recommendations to consider, to avoid flapping. Defaults to 0 for scaling up and 300 for down; at most 3600.',
    ).pointer(),
    selectPolicy: string(
      1,
      'Which policy wins: the one allowing Max or Min change, or Disabled for no scaling. Defaults to Max.',
    ).pointer(),
    policies: listOf(
      HPAScalingPolicy,
      2,
      'Limits on the speed of scaling. Default limits for the direction apply when unset.',
    ).atomic(),
    tolerance: quantity(
      4,
      'Relative deviation from the target that is ignored, such as 0.05. Defaults to the cluster-wide 10%.',
    ).pointer(),
  },
) {}

export class HorizontalPodAutoscalerBehavior extends message('How fast to scale up and down.', {
  scaleUp: ref(
    HPAScalingRules,
    1,
    'Rules for adding Pods. Defaults to the larger of 4 Pods or 100% more every 15 seconds, with no stabilization.',
  ),
  scaleDown: ref(
    HPAScalingRules,
    2,
    'Rules for removing Pods. Defaults to going straight to minReplicas, with 300 seconds of stabilization.',
  ),
}) {}

export class ObjectMetricSource extends message(
  'Scales on a metric that describes one Kubernetes object.',
  {
    describedObject: ref(
      CrossVersionObjectReference,
      1,
      'The object that the metric describes.',
    ).required(),
    target: ref(
      MetricTarget,
      2,
      'The wanted value, or in older versions the object described by the metric.',
    ).required(),
    metric: ref(
      MetricIdentifier,
      3,
      'Name of the metric of the object, and labels that its series must have.',
    ).required(),
  },
) {}

export class PodsMetricSource extends message(
  'Scales on a metric averaged over the Pods being scaled.',
  {
    metric: ref(
      MetricIdentifier,
      1,
      'Name of the metric of the Pods, and labels that its series must have.',
    ).required(),
    target: ref(MetricTarget, 2, 'The average that scaling is to bring the metric to.').required(),
  },
) {}

export class ResourceMetricSource extends message(
  'Scales on the CPU or memory usage of the Pods being scaled.',
  {
    name: string(1, 'Name of the resource, such as cpu or memory.').required(),
    target: ref(MetricTarget, 2, 'The value that scaling is to bring the metric to.').required(),
  },
) {}

export class MetricSpec extends message(
  'One metric to scale on, and its target. Set only the field that matches type.',
  {
    type: string(1, 'Kind of metric, naming which of the other fields is set.').required(),
    object: ref(
      ObjectMetricSource,
      2,
      'A metric that describes one Kubernetes object, such as requests per second on an Ingress.',
    ),
    pods: ref(PodsMetricSource, 3, 'A metric of each Pod, averaged over the Pods being scaled.'),
    resource: ref(ResourceMetricSource, 4, 'CPU or memory usage of the Pods being scaled.'),
    containerResource: ref(
      ContainerResourceMetricSource,
      7,
      'CPU or memory usage of one container in the Pods being scaled.',
    ),
    external: ref(
      ExternalMetricSource,
      5,
      'A metric from outside the cluster, such as the length of a queue.',
    ),
  },
) {}

export class HorizontalPodAutoscalerSpec extends message(
  'The wanted behaviour of a HorizontalPodAutoscaler.',
  {
    scaleTargetRef: ref(
      CrossVersionObjectReference,
      1,
      'The workload to scale. Its Pods are also where metrics are collected.',
    ).required(),
    minReplicas: int32(
      2,
      'Fewest Pods to scale down to. Defaults to 1; 0 needs HPAScaleToZero and an Object or External metric.',
    )
      .pointer()
      .default(1),
    maxReplicas: int32(3, 'Most Pods to scale up to. Cannot be below minReplicas.').required(),
    metrics: listOf(
      MetricSpec,
      4,
      'Metrics to scale on; the one asking for the most Pods wins. Defaults to 80% average CPU utilization.',
    ).atomic(),
    behavior: ref(
      HorizontalPodAutoscalerBehavior,
      5,
      'How fast to scale up and down. Default rules apply when unset.',
    ),
  },
) {}

export class HorizontalPodAutoscalerCondition extends message(
  'One observed aspect of the state of a HorizontalPodAutoscaler.',
  {
    type: string(
      1,
      'The aspect reported, such as AbleToScale, ScalingActive or ScalingLimited.',
    ).required(),
    status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
    lastTransitionTime: time(3, 'When the status of this condition last changed.'),
    reason: string(4, 'Machine-readable word for why the status last changed.'),
    message: string(5, 'Human-readable details about the last change.'),
  },
) {}

export class ObjectMetricStatus extends message(
  'The current value of a metric that describes one Kubernetes object.',
  {
    metric: ref(
      MetricIdentifier,
      1,
      'Name of the metric of the object, and labels that its series must have.',
    ).required(),
    current: ref(MetricValueStatus, 2, 'The value of the metric when it was last read.').required(),
    describedObject: ref(
      CrossVersionObjectReference,
      3,
      'The object that the metric describes.',
    ).required(),
  },
) {}

export class PodsMetricStatus extends message(
  'The current value of a metric averaged over the Pods being scaled.',
  {
    metric: ref(
      MetricIdentifier,
      1,
      'Name of the metric of the Pods, and labels that its series must have.',
    ).required(),
    current: ref(
      MetricValueStatus,
      2,
      'The average of the metric over the Pods, when it was last read.',
    ).required(),
  },
) {}

export class ResourceMetricStatus extends message(
  'The current CPU or memory usage of the Pods being scaled.',
  {
    name: string(1, 'Name of the resource, such as cpu or memory.').required(),
    current: ref(MetricValueStatus, 2, 'The value of the metric when it was last read.').required(),
  },
) {}

export class MetricStatus extends message('The last value read for one metric.', {
  type: string(1, 'Kind of metric, naming which of the other fields is set.').required(),
  object: ref(ObjectMetricStatus, 2, 'A metric that describes one Kubernetes object.'),
  pods: ref(PodsMetricStatus, 3, 'A metric of each Pod, averaged over the Pods being scaled.'),
  resource: ref(ResourceMetricStatus, 4, 'CPU or memory usage of the Pods being scaled.'),
  containerResource: ref(
    ContainerResourceMetricStatus,
    7,
    'CPU or memory usage of one container in the Pods being scaled.',
  ),
  external: ref(ExternalMetricStatus, 5, 'A metric from outside the cluster.'),
}) {}

export class HorizontalPodAutoscalerStatus extends message(
  'The observed state of a HorizontalPodAutoscaler.',
  {
    observedGeneration: int64(1, 'The generation of the spec that this status reflects.').pointer(),
    lastScaleTime: time(2, 'When the number of Pods was last changed by the autoscaler.').pointer(),
    currentReplicas: int32(3, 'How many Pods there were at the last look.'),
    desiredReplicas: int32(4, 'How many Pods the autoscaler last decided on.').required(),
    currentMetrics: listOf(MetricStatus, 5, 'The last values read for the metrics.')
      .atomic()
      .written(),
    conditions: listOf(
      HorizontalPodAutoscalerCondition,
      6,
      'Whether the autoscaler can scale its target, and what limits it.',
    )
      .mapKeys('type')
      .patch('merge', 'type'),
  },
) {}

export class HorizontalPodAutoscaler extends resource(
  'Adjusts the number of Pods of a workload to follow its metrics.',
  {
    plural: 'horizontalpodautoscalers',
    shortNames: ['hpa'],
    categories: ['all'],
    namespaced: true,
    subresources: ['status'],
  },
  {
    spec: ref(
      HorizontalPodAutoscalerSpec,
      2,
      'What to scale, within which bounds and on which metrics.',
    ).required(),
    status: ref(
      HorizontalPodAutoscalerStatus,
      3,
      'What the autoscaler last observed and decided.',
    ).written(),
  },
) {}
