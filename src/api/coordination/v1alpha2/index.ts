/** The kinds of this group and version. */
export { LeaseCandidate } from './lease-candidate.ts'
