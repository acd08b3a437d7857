/** The kinds of this group and version. */
export { ClusterRoleBinding } from './cluster-role-binding.ts'
export { ClusterRole } from './cluster-role.ts'
export { RoleBinding } from './role-binding.ts'
export { Role } from './role.ts'
