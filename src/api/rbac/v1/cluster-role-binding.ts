import { listOf, ref } from '../../../schema/field.ts'
import { RoleRef, Subject } from './common.ts'
import { resource } from './group.ts'

export class ClusterRoleBinding extends resource(
  'Grants a ClusterRole to subjects in the whole cluster.',
  { plural: 'clusterrolebindings', namespaced: false },
  {
    subjects: listOf(
      Subject,
      2,
      'The users, groups and ServiceAccounts that receive the role.',
    ).atomic(),
    roleRef: ref(RoleRef, 3, 'The ClusterRole to grant. Cannot be changed once set.').required(),
  },
) {}
