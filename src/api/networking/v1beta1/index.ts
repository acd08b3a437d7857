/** The kinds of this group and version. */
export { IPAddress } from './ip-address.ts'
export { ServiceCIDR } from './service-cidr.ts'
