/** The kinds of this group and version. */
export { PodGroup } from './pod-group.ts'
export { Workload } from './workload.ts'
