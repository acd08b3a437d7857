import { int32, int64, intOrString, listOf, mapOf, ref, string } from '../../../schema/field.ts'
import { Condition } from '../../meta/v1/common.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { message, resource } from './group.ts'

export class PodDisruptionBudgetSpec extends message('What a PodDisruptionBudget protects.', {
  minAvailable: intOrString(
    1,
    'Pods, as a count or percentage, that must stay available after an eviction. Excludes maxUnavailable.',
  ).pointer(),
  selector: ref(
    LabelSelector,
    2,
    'Labels of the Pods protected. An empty selector picks all Pods in the namespace, an unset one none.',
  ).patch('replace'),
  maxUnavailable: intOrString(
    3,
    'Pods, as a count or percentage, that may be unavailable after an eviction. Excludes minAvailable.',
  ).pointer(),
  unhealthyPodEvictionPolicy: string(
    4,
    'When running but not Ready Pods may be evicted: AlwaysAllow, or only within a healthy budget. Defaults to IfHealthyBudget.',
  )
    .oneOf('IfHealthyBudget', 'AlwaysAllow')
    .pointer(),
}) {}

export class PodDisruptionBudgetStatus extends message(
  'The observed state of a PodDisruptionBudget.',
  {
    observedGeneration: int64(1, 'The generation of the spec that this status reflects.'),
    disruptedPods: mapOf(
      'time',
      2,
      'Pods whose eviction was approved but whose deletion was not yet seen, with the time of approval.',
    ),
    disruptionsAllowed: int32(3, 'How many Pods may be evicted right now.').written(),
    currentHealthy: int32(4, 'How many protected Pods are healthy now.').written(),
    desiredHealthy: int32(5, 'The least number of protected Pods that must be healthy.').written(),
    expectedPods: int32(6, 'How many Pods the budget covers in all.').written(),
    conditions: listOf(Condition, 7, 'Conditions of the budget, such as DisruptionAllowed.')
      .mapKeys('type')
      .patch('merge', 'type'),
  },
) {}

export class PodDisruptionBudget extends resource(
  'Limits how many Pods of a set may be evicted at the same time.',
  {
    plural: 'poddisruptionbudgets',
    shortNames: ['pdb'],
    namespaced: true,
    subresources: ['status'],
  },
  {
    spec: ref(
      PodDisruptionBudgetSpec,
      2,
      'The Pods protected and how many must stay up.',
    ).written(),
    status: ref(
      PodDisruptionBudgetStatus,
      3,
      'The number of evictions currently possible.',
    ).written(),
  },
) {}
