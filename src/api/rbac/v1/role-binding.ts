import { listOf, ref } from '../../../schema/field.ts'
import { RoleRef, Subject } from './common.ts'
import { resource } from './group.ts'

export class RoleBinding extends resource(
  'Grants a Role or ClusterRole to subjects within one namespace.',
  { plural: 'rolebindings', namespaced: true },
  {
    subjects: listOf(
      Subject,
      2,
      'The users, groups and ServiceAccounts that receive the role.',
    ).atomic(),
    roleRef: ref(
      RoleRef,
      3,
      'The Role in this namespace, or the ClusterRole, to grant. Cannot be changed once set.',
    ).required(),
  },
) {}
