import { listOf, ref } from '../../../schema/field.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { PolicyRule } from './common.ts'
import { message, resource } from './group.ts'

export class AggregationRule extends message(
  'Which ClusterRoles are merged into an aggregated ClusterRole.',
  {
    clusterRoleSelectors: listOf(
      LabelSelector,
      1,
      'Label selectors; the rules of every ClusterRole matching any of them are merged in.',
    ).atomic(),
  },
) {}

export class ClusterRole extends resource(
  'A cluster-wide set of permissions that bindings can grant.',
  { plural: 'clusterroles', namespaced: false },
  {
    rules: listOf(
      PolicyRule,
      2,
      'The permissions granted. Overwritten by the controller when aggregationRule is set.',
    )
      .atomic()
      .written(),
    aggregationRule: ref(
      AggregationRule,
      3,
      'Builds the rules from other ClusterRoles chosen by label. Manual changes to rules are then lost.',
    ),
  },
) {}
