import { int32, int64, ref, string, time } from '../../../schema/field.ts'
import { message, resource } from './group.ts'
import { HorizontalPodAutoscaler as StoredHorizontalPodAutoscaler } from '../v2/horizontal-pod-autoscaler.ts'

export class CrossVersionObjectReference extends message(
  'Names an object well enough to find it in any API version.',
  {
    kind: string(1, 'Kind of the object that is meant, such as Deployment.').required(),
    name: string(2, 'Name of the object that is meant.').required(),
    apiVersion: string(3, 'API group and version of the object that is meant.'),
  },
  { atomic: true },
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
    targetCPUUtilizationPercentage: int32(
      4,
      'Wanted average CPU usage over the Pods, as a percentage of their requests. A default target applies when unset.',
    ).pointer(),
  },
) {}

export class HorizontalPodAutoscalerStatus extends message(
  'The observed state of a HorizontalPodAutoscaler.',
  {
    observedGeneration: int64(1, 'The generation of the spec that this status reflects.').pointer(),
    lastScaleTime: time(2, 'When the number of Pods was last changed by the autoscaler.').pointer(),
    currentReplicas: int32(3, 'How many Pods there were at the last look.').required(),
    desiredReplicas: int32(4, 'How many Pods the autoscaler last decided on.').required(),
    currentCPUUtilizationPercentage: int32(
      5,
      'Current average CPU usage over the Pods, as a percentage of their requests.',
    ).pointer(),
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
    storedAs: () => StoredHorizontalPodAutoscaler,
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
