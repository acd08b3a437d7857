/** The kinds of this group and version. */
export { IngressClass } from './ingress-class.ts'
export { Ingress } from './ingress.ts'
export { IPAddress } from './ip-address.ts'
export { NetworkPolicy } from './network-policy.ts'
export { ServiceCIDR } from './service-cidr.ts'
