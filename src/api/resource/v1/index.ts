/** The kinds of this group and version. */
export { DeviceClass } from './device-class.ts'
export { ResourceClaimTemplate } from './resource-claim-template.ts'
export { ResourceClaim } from './resource-claim.ts'
export { ResourceSlice } from './resource-slice.ts'
