import { listOf, ref, string } from '../../../schema/field.ts'
import { Condition, GroupResource } from '../../meta/v1/common.ts'
import { message, resource } from './group.ts'

export class StorageVersionMigrationSpec extends message(
  'What a StorageVersionMigration migrates.',
  {
    resource: ref(
      GroupResource,
      1,
      'Group and name of the resource to migrate. Cannot be changed.',
    ).required(),
  },
) {}

export class StorageVersionMigrationStatus extends message(
  'The observed state of a StorageVersionMigration.',
  {
    conditions: listOf(Condition, 1, 'Whether the migration is Running, Succeeded or Failed.')
      .mapKeys('type')
      .patch('merge', 'type'),
    resourceVersion: string(
      2,
      'Resource version up to which objects are migrated. Set when the migration starts.',
    ),
  },
) {}

export class StorageVersionMigration extends resource(
  'Rewrites all stored objects of a resource in its current storage version.',
  { plural: 'storageversionmigrations', namespaced: false, subresources: ['status'] },
  {
    spec: ref(
      StorageVersionMigrationSpec,
      2,
      'The resource whose stored objects are to be written anew.',
    ).written(),
    status: ref(StorageVersionMigrationStatus, 3, 'How far the migration has come.').written(),
  },
) {}
