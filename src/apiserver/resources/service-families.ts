import { isHeadless, needsClusterIp } from '../../api/core/v1/service-helpers.ts'
import type { Service, ServiceSpec } from '../../api/core/v1/service.ts'
import { parseIp, type IpFamily } from '../../api/validation/ip.ts'
import { invalid } from '../../apimachinery/status-error.ts'
import { atIndex, invalid as invalidField, type FieldError } from '../../schema/field-error.ts'

const OTHER = { IPv4: 'IPv6', IPv6: 'IPv4' } as const

/**
 * The Service with the families of its addresses and their policy filled in, for a cluster that has these families, the
 * first of them by default. Throws `Invalid` for a family that it has not. See KEP-563.
 */
export function withFamilies(service: Service, available: readonly IpFamily[]): Service {
  const { spec } = service
  if (!needsClusterIp(spec)) return service
  const headless = isHeadless(spec)
  if (headless && !hasSelector(spec)) return { ...service, spec: freeFamilies(spec, available[0]!) }
  const families = familiesOf(spec, available)
  const errors = [
    ...(headless ? [] : unknownFamilies(families, available)),
    ...policyErrors(spec, available),
  ]
  if (errors.length > 0) {
    throw invalid({ group: '', kind: 'Service' }, service.metadata.name, errors)
  }
  const policy = spec.ipFamilyPolicy ?? (families.length > 1 ? 'RequireDualStack' : 'SingleStack')
  const wantsBoth = policy !== 'SingleStack' && available.length > 1 && families.length === 1
  return {
    ...service,
    spec: {
      ...spec,
      ipFamilies: wantsBoth ? [families[0]!, OTHER[families[0]!]] : families,
      ipFamilyPolicy: policy,
    },
  }
}

function hasSelector({ selector }: ServiceSpec): boolean {
  return selector !== undefined && Object.keys(selector).length > 0
}

// Whoever fills the endpoints of a Service without addresses and selector decides, so anything goes.
function freeFamilies(spec: ServiceSpec, first: IpFamily): ServiceSpec {
  const own = (spec.ipFamilies ?? []) as readonly IpFamily[]
  const families = own.length > 0 ? own : [first]
  const wantsBoth = families.length === 1 && spec.ipFamilyPolicy !== 'SingleStack'
  return {
    ...spec,
    ipFamilies: wantsBoth ? [families[0]!, OTHER[families[0]!]] : families,
    ipFamilyPolicy: spec.ipFamilyPolicy ?? 'RequireDualStack',
  }
}

function familiesOf(spec: ServiceSpec, available: readonly IpFamily[]): readonly IpFamily[] {
  const named = (spec.ipFamilies ?? []).filter((each) => each !== '') as readonly IpFamily[]
  if (named.length > 0) return named
  const ofAddresses = (spec.clusterIPs ?? []).flatMap((each) => parseIp(each)?.family ?? [])
  return ofAddresses.length > 0 ? ofAddresses : [available[0]!]
}

function unknownFamilies(
  families: readonly IpFamily[],
  available: readonly IpFamily[],
): FieldError[] {
  return families.flatMap((family, i) =>
    available.includes(family)
      ? []
      : [invalidField(atIndex('spec.ipFamilies', i), family, 'not configured on this cluster')],
  )
}

function policyErrors(
  { ipFamilyPolicy }: ServiceSpec,
  available: readonly IpFamily[],
): FieldError[] {
  if (ipFamilyPolicy !== 'RequireDualStack' || available.length > 1) return []
  const text = 'this cluster is not configured for dual-stack services'
  return [invalidField('spec.ipFamilyPolicy', ipFamilyPolicy, text)]
}
