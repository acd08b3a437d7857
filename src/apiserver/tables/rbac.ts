import type { ClusterRoleBinding } from '../../api/rbac/v1/cluster-role-binding.ts'
import type { RoleBinding } from '../../api/rbac/v1/role-binding.ts'
import { AGE, column, NAME, tableFor, wide, type KindTable, type TableEntry } from './table.ts'

const BINDING: KindTable<ClusterRoleBinding | RoleBinding> = {
  columns: [
    NAME,
    column('Role', 'The role that the subjects are granted, as kind/name.'),
    AGE,
    wide('Users', 'Users that it is granted to.'),
    wide('Groups', 'Groups that it is granted to.'),
    wide('ServiceAccounts', 'Service accounts that it is granted to.'),
  ],
  cells: ({ metadata, roleRef, subjects }, ages) => [
    metadata.name,
    `${roleRef.kind}/${roleRef.name}`,
    ages.since(metadata.creationTimestamp),
    subjectsCell(subjects, 'User'),
    subjectsCell(subjects, 'Group'),
    subjectsCell(subjects, 'ServiceAccount'),
  ],
}

export const RBAC_TABLES: readonly TableEntry[] = [
  tableFor('rbac.authorization.k8s.io', 'RoleBinding', BINDING),
  tableFor('rbac.authorization.k8s.io', 'ClusterRoleBinding', BINDING),
]

function subjectsCell(subjects: RoleBinding['subjects'] = [], wanted: string): string {
  return subjects
    .filter(({ kind }) => kind === wanted)
    .map(({ kind, name, namespace = '' }) =>
      kind === 'ServiceAccount' ? `${namespace}/${name}` : name,
    )
    .join(', ')
}
