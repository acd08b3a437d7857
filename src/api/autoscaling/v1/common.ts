import { int32, quantity, ref, string, time } from '../../../schema/field.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { CrossVersionObjectReference } from './horizontal-pod-autoscaler.ts'
import { message } from './group.ts'

export class ContainerResourceMetricSource extends message(
  'Scales on the resource usage of one container in each Pod.',
  {
    name: string(1, 'Name of the resource, such as cpu or memory.').required(),
    targetAverageUtilization: int32(
      2,
      'Wanted average usage over the Pods, as a percentage of the container request.',
    ).pointer(),
    targetAverageValue: quantity(3, 'Wanted average usage per Pod, as a raw amount.').pointer(),
    container: string(5, 'Name of the container in the Pods being scaled.').required(),
  },
) {}

export class ContainerResourceMetricStatus extends message(
  'The current resource usage of one container in each Pod.',
  {
    name: string(1, 'Name of the resource, such as cpu or memory.').required(),
    currentAverageUtilization: int32(
      2,
      'Current average usage over the Pods, as a percentage of the container request. Set only if that was targeted.',
    ).pointer(),
    currentAverageValue: quantity(3, 'Current average usage per Pod, as a raw amount.').required(),
    container: string(4, 'Name of the container in the Pods being scaled.').required(),
  },
) {}

export class ExternalMetricSource extends message(
  'Scales on a metric unrelated to any Kubernetes object.',
  {
    metricName: string(1, 'Name of the external metric to look at.').required(),
    metricSelector: ref(LabelSelector, 2, 'Labels that pick one time series of the metric.'),
    targetValue: quantity(
      3,
      'Wanted value of the metric as a whole. Excludes targetAverageValue.',
    ).pointer(),
    targetAverageValue: quantity(
      4,
      'Wanted value of the metric divided by the number of Pods. Excludes targetValue.',
    ).pointer(),
  },
) {}

export class ExternalMetricStatus extends message(
  'The current value of a metric unrelated to any Kubernetes object.',
  {
    metricName: string(1, 'Name of the external metric that was read.').required(),
    metricSelector: ref(LabelSelector, 2, 'Labels that pick one time series of the metric.'),
    currentValue: quantity(
      3,
      'The value of the metric when it was last read, as one sum.',
    ).required(),
    currentAverageValue: quantity(
      4,
      'Current value of the metric divided by the number of Pods.',
    ).pointer(),
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

export class ObjectMetricSource extends message(
  'Scales on a metric that describes one Kubernetes object.',
  {
    target: ref(
      CrossVersionObjectReference,
      1,
      'The wanted value, or in older versions the object described by the metric.',
    ).required(),
    metricName: string(2, 'Name of the metric of the object to scale on.').required(),
    targetValue: quantity(3, 'The value that scaling is to bring the metric to.').required(),
    selector: ref(
      LabelSelector,
      4,
      'Labels that narrow the metric. When unset, the metric name alone is used.',
    ),
    averageValue: quantity(
      5,
      'Wanted value of the metric divided by the number of Pods.',
    ).pointer(),
  },
) {}

export class PodsMetricSource extends message(
  'Scales on a metric averaged over the Pods being scaled.',
  {
    metricName: string(1, 'Name of the metric of the Pods to scale on.').required(),
    targetAverageValue: quantity(2, 'Wanted average of the metric over the Pods.').required(),
    selector: ref(
      LabelSelector,
      3,
      'Labels that narrow the metric. When unset, the metric name alone is used.',
    ),
  },
) {}

export class ResourceMetricSource extends message(
  'Scales on the CPU or memory usage of the Pods being scaled.',
  {
    name: string(1, 'Name of the resource, such as cpu or memory.').required(),
    targetAverageUtilization: int32(
      2,
      'Wanted average usage over the Pods, as a percentage of their requests.',
    ).pointer(),
    targetAverageValue: quantity(3, 'Wanted average usage per Pod, as a raw amount.').pointer(),
  },
) {}

export class MetricSpec extends message(
  'One metric to scale on, and its target. Set only the field that matches type.',
  {
    type: string(1, 'Kind of metric, naming which of the other fields is set.')
      .oneOf('Object', 'Pods', 'Resource', 'ContainerResource', 'External')
      .required(),
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

export class ObjectMetricStatus extends message(
  'The current value of a metric that describes one Kubernetes object.',
  {
    target: ref(CrossVersionObjectReference, 1, 'The object described by the metric.').required(),
    metricName: string(2, 'Name of the metric of the object that was read.').required(),
    currentValue: quantity(3, 'The value of the metric when it was last read.').required(),
    selector: ref(
      LabelSelector,
      4,
      'Labels that narrow the metric. When unset, the metric name alone is used.',
    ),
    averageValue: quantity(
      5,
      'Current value of the metric divided by the number of Pods.',
    ).pointer(),
  },
) {}

export class PodsMetricStatus extends message(
  'The current value of a metric averaged over the Pods being scaled.',
  {
    metricName: string(1, 'Name of the metric of the Pods that was read.').required(),
    currentAverageValue: quantity(2, 'Current average of the metric over the Pods.').required(),
    selector: ref(
      LabelSelector,
      3,
      'Labels that narrow the metric. When unset, the metric name alone is used.',
    ),
  },
) {}

export class ResourceMetricStatus extends message(
  'The current CPU or memory usage of the Pods being scaled.',
  {
    name: string(1, 'Name of the resource, such as cpu or memory.').required(),
    currentAverageUtilization: int32(
      2,
      'Current average usage over the Pods, as a percentage of their requests. Set only if that was targeted.',
    ).pointer(),
    currentAverageValue: quantity(3, 'Current average usage per Pod, as a raw amount.').required(),
  },
) {}

export class MetricStatus extends message('The last value read for one metric.', {
  type: string(1, 'Kind of metric, naming which of the other fields is set.')
    .oneOf('Object', 'Pods', 'Resource', 'ContainerResource', 'External')
    .required(),
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
