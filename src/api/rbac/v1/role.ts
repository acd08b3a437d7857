import { listOf } from '../../../schema/field.ts'
import { PolicyRule } from './common.ts'
import { resource } from './group.ts'

export class Role extends resource(
  'A set of permissions within one namespace.',
  { plural: 'roles', namespaced: true },
  {
    rules: listOf(
      PolicyRule,
      2,
      'What may be done to which resources of the namespace. Nothing where empty.',
    )
      .atomic()
      .written(),
  },
) {}
