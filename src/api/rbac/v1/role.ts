import { listOf } from '../../../schema/field.ts'
import { PolicyRule } from './common.ts'
import { resource } from './group.ts'

export class Role extends resource(
  'A set of permissions within one namespace.',
  { plural: 'roles', namespaced: true },
  {
    rules: listOf(PolicyRule, 2, 'The permissions granted in the namespace.').atomic().written(),
  },
) {}
