/** The kinds of this group and version. */
export { Lease } from './lease.ts'
