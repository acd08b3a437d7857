/** The kinds of this group and version. */
export { DeviceTaintRule } from './device-taint-rule.ts'
export { ResourcePoolStatusRequest } from './resource-pool-status-request.ts'
