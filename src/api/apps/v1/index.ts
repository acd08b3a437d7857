/** The kinds of this group and version. */
export { ControllerRevision } from './controller-revision.ts'
export { DaemonSet } from './daemon-set.ts'
export { Deployment } from './deployment.ts'
export { ReplicaSet } from './replica-set.ts'
export { StatefulSet } from './stateful-set.ts'
