/** The kinds of this group and version. */
export { StorageVersion } from './storage-version.ts'
