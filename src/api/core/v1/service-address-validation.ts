import {
  duplicate,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { parseIp, validateDualStack, validateIp } from '../../validation/ip.ts'
import { eachAt, NONE, oneOf, orNull } from '../../validation/rules.ts'
import { isHeadless } from './service-helpers.ts'
import type { Service, ServiceSpec } from './service.ts'

const FAMILIES = ['IPv4', 'IPv6']
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack']
const IPS = 'spec.clusterIPs'

/** Checks the addresses of a Service and their families (KEP-563). */
export function validateClusterIps({ spec }: Service, old?: Service): FieldError[] {
  if (spec.type === 'ExternalName') return NONE
  const { clusterIPs = [], ipFamilies, ipFamilyPolicy } = spec
  const wrong = [
    ...(clusterIPs[0] === 'None' && clusterIPs.length > 1
      ? [invalid(IPS, clusterIPs, "'None' must be the first and only value")]
      : NONE),
    ...eachAt(clusterIPs, IPS, (ip, at, i) =>
      i === 0 && ip === 'None' ? NONE : validateIp(ip, at, old?.spec.clusterIPs),
    ),
  ]
  const errors = [
    ...validateFirstAgrees(spec),
    ...validateFamilies(ipFamilies),
    ...oneOf(ipFamilyPolicy, FAMILY_POLICIES, 'spec.ipFamilyPolicy'),
    ...wrong,
    ...(clusterIPs.length > 2 ? [invalid(IPS, clusterIPs, 'may only hold up to 2 values')] : NONE),
  ]
  if (wrong.length > 0) return errors
  return [
    ...errors,
    ...validateDualStack(clusterIPs, clusterIPs, IPS).filter(
      // Three of two families are already refused as too many.
      () => clusterIPs.length === 2 || new Set(clusterIPs.map(familyOf)).size < 2,
    ),
    ...(isHeadless(spec) ? NONE : validateFamiliesMatch(clusterIPs, ipFamilies ?? [])),
  ]
}

function familyOf(ip: string): string | undefined {
  return parseIp(ip)?.family
}

function validateFirstAgrees({ clusterIP = '', clusterIPs = [] }: ServiceSpec): FieldError[] {
  if (clusterIP === '') {
    const text = 'must be empty when `clusterIP` is not specified'
    return clusterIPs.length === 0 ? NONE : [invalid(IPS, clusterIPs, text)]
  }
  if (clusterIPs.length === 0) return [required(IPS)]
  return clusterIPs[0] === clusterIP
    ? NONE
    : [invalid(IPS, clusterIPs, 'first value must match `clusterIP`')]
}

function validateFamilies(families: readonly string[] | undefined): FieldError[] {
  const seen = new Set<string>()
  return eachAt(families, 'spec.ipFamilies', (family, at) => {
    const isTwice = seen.has(family)
    seen.add(family)
    return [
      ...(FAMILIES.includes(family) ? NONE : [unsupported(at, family, FAMILIES)]),
      ...(isTwice ? [duplicate(at, family)] : NONE),
    ]
  })
}

function validateFamiliesMatch(
  clusterIPs: readonly string[],
  families: readonly string[],
): FieldError[] {
  return eachAt(clusterIPs.slice(0, families.length), IPS, (ip, at, i) => {
    const family = families[i]!
    if (!FAMILIES.includes(family) || familyOf(ip) === family) return NONE
    return [invalid(at, ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``)]
  })
}

const ONCE_SET = 'may not change once set'

/** A second address may come and go; the first stays, but for changes from and to ExternalName. */
export function validateAddressChange({ spec }: Service, { spec: old }: Service): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return NONE
  if (isHeadless(spec) && isHeadless(old)) return NONE
  const [now, before] = [spec.clusterIPs ?? [], old.clusterIPs ?? []]
  const shown = spec.clusterIPs ?? null
  if (now.length === before.length)
    return eachAt(before, IPS, (ip, at, i) =>
      ip === now[i] ? NONE : [invalid(at, shown, ONCE_SET)],
    )
  return [
    ...(now.length === 0
      ? [invalid(`${IPS}[0]`, shown, 'primary clusterIP can not be unset')]
      : NONE),
    ...(now.length > 0 && before.length > 0 && now[0] !== before[0]
      ? [invalid(`${IPS}[0]`, shown, ONCE_SET)]
      : NONE),
    ...(before.length > now.length && now.length === 1
      ? validateReleased(spec, 'secondary clusterIP')
      : NONE),
  ]
}

/** As `validateAddressChange`, for the families. */
export function validateFamilyChange({ spec }: Service, { spec: old }: Service): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return NONE
  if (isHeadless(spec) || isHeadless(old)) return NONE
  const [now, before] = [spec.ipFamilies ?? [], old.ipFamilies ?? []]
  const path = 'spec.ipFamilies[0]'
  const shown = spec.ipFamilies ?? null
  if (now.length === before.length)
    return before.flatMap((family, i) =>
      family === now[i] ? NONE : [invalid(path, shown, ONCE_SET)],
    )
  return [
    ...(before.length > now.length && !spec.clusterIPs
      ? [invalid(path, shown, 'primary ipFamily can not be unset')]
      : NONE),
    ...(now.length > 0 && before.length > 0 && now[0] !== before[0]
      ? [invalid(path, spec.clusterIPs ?? null, ONCE_SET)]
      : NONE),
    ...(before.length > now.length && now.length === 1
      ? validateReleased(spec, 'secondary ipFamily')
      : NONE),
  ]
}

function validateReleased({ ipFamilyPolicy }: ServiceSpec, what: string): FieldError[] {
  if (ipFamilyPolicy === 'SingleStack') return NONE
  const text = `must be set to 'SingleStack' when releasing the ${what}`
  return [invalid('spec.ipFamilyPolicy', orNull(ipFamilyPolicy), text)]
}
