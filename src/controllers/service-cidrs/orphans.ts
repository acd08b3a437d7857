import type { IPAddress } from '../../api/networking/v1/ip-address.ts'
import type { ServiceCIDR } from '../../api/networking/v1/service-cidr.ts'
import { isSubset, parseCidr, parseIp, type Cidr } from '../../api/validation/ip.ts'

const MANAGED_BY_LABEL = 'ipaddress.kubernetes.io/managed-by'
const MANAGED_BY = 'ipallocator.k8s.io'

/**
 * Whether a ServiceCIDR can go without leaving a Service's address in no range: each of its ranges lies in one of
 * another's, or all addresses in it do.
 */
export function isDispensable(
  serviceCIDR: ServiceCIDR,
  all: readonly ServiceCIDR[],
  addresses: readonly IPAddress[],
): boolean {
  const own = rangesOf(serviceCIDR)
  const others = all
    .filter(({ metadata }) => metadata.name !== serviceCIDR.metadata.name)
    .flatMap(rangesOf)
  const isInOthers = (range: Cidr): boolean =>
    others.some((other) => other.prefix <= range.prefix && isSubset(range, other))
  if (own.every(isInOthers)) return true
  return !addresses.some((address) => isOrphan(address, own, others))
}

// Without this range no range would have it.
function isOrphan({ metadata }: IPAddress, own: readonly Cidr[], others: readonly Cidr[]): boolean {
  if (metadata.labels?.[MANAGED_BY_LABEL] !== MANAGED_BY) return false
  const ip = parseIp(metadata.name)
  if (!ip) return false
  return own.some((range) => isSubset(ip, range)) && !others.some((range) => isSubset(ip, range))
}

/** Whether two ServiceCIDRs have addresses in common. */
export function overlap(a: ServiceCIDR, b: ServiceCIDR): boolean {
  return rangesOf(a).some((left) =>
    rangesOf(b).some((right) => isSubset(left, right) || isSubset(right, left)),
  )
}

/** Whether a ServiceCIDR has the address that an IPAddress keeps for a Service. */
export function keeps(serviceCIDR: ServiceCIDR, { metadata }: IPAddress): boolean {
  const ip = parseIp(metadata.name)
  return ip !== undefined && rangesOf(serviceCIDR).some((range) => isSubset(ip, range))
}

function rangesOf({ spec }: ServiceCIDR): readonly Cidr[] {
  return (spec.cidrs ?? []).flatMap((each) => parseCidr(each) ?? [])
}
