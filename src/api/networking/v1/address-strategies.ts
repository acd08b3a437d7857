import { dns1123SubdomainProblems, pathSegmentProblems } from '../../../apimachinery/names.ts'
import { invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { statusPreparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { canonicalIpProblems, parseCidr, validateCanonicalCidr } from '../../validation/ip.ts'
import { eachAt, immutable, optionalName, requiredName } from '../../validation/rules.ts'
import type { IPAddress } from './ip-address.ts'
import { ServiceCIDR } from './service-cidr.ts'

/** The rules of IPAddresses, whose names are the addresses. */
export const ipAddressStrategy: Strategy<IPAddress> = {
  validateCreate: validateAddress,
  validateUpdate: (address, old) => [
    ...validateAddress(address),
    ...immutable(address.spec.parentRef, old.spec.parentRef, 'spec.parentRef'),
  ],
  validateName: canonicalIpProblems,
}

function validateAddress({ spec }: IPAddress): FieldError[] {
  const parent = spec.parentRef as IPAddress['spec']['parentRef'] | undefined
  const path = 'spec.parentRef'
  if (!parent) return [required(path)]
  return [
    ...optionalName(parent.group, `${path}.group`, dns1123SubdomainProblems),
    ...requiredName(parent.resource, `${path}.resource`, pathSegmentProblems),
    ...requiredName(parent.name, `${path}.name`, pathSegmentProblems),
    ...optionalName(parent.namespace, `${path}.namespace`, pathSegmentProblems),
  ]
}

/** The rules of ServiceCIDRs. */
export const serviceCidrStrategy: Strategy<ServiceCIDR> = {
  ...statusPreparation(ServiceCIDR),
  validateCreate: validateRanges,
  validateUpdate: (object, old) => [
    ...validateRanges(object),
    ...immutable(object.spec.cidrs, old.spec.cidrs, 'spec.cidrs'),
  ],
  status: statusStrategy(),
}

function validateRanges({ spec }: ServiceCIDR): FieldError[] {
  const { cidrs = [] } = spec
  const path = 'spec.cidrs'
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')]
  if (cidrs.length > 2) return [invalid(path, spec, 'may only hold up to 2 values')]
  const families = new Set(cidrs.map((each) => parseCidr(each)?.family))
  if (families.size < cidrs.length || (cidrs.length > 1 && families.has(undefined))) {
    const text =
      'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'
    return [invalid(path, spec, text)]
  }
  return eachAt(cidrs, path, (each, at) => validateCanonicalCidr(each, at))
}
