/** The kinds of this group and version. */
export { StorageVersionMigration } from './storage-version-migration.ts'
