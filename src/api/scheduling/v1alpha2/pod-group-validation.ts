import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  pathSegmentProblems,
} from '../../../apimachinery/names.ts'
import { duplicate, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import {
  atMost,
  between,
  eachAt,
  ifSet,
  NONE,
  oneOf,
  optionalName,
  qualifiedName,
  requiredName,
} from '../../validation/rules.ts'
import type {
  PodGroupResourceClaim,
  PodGroupSchedulingConstraints,
  PodGroupSchedulingPolicy,
} from './common.ts'
import type { TypedLocalObjectReference } from './workload.ts'

const CLAIMS_MAX = 4
const TOPOLOGY_MAX = 1
const PRIORITY_MIN = -(2 ** 31)
const HIGHEST_USER_PRIORITY = 1_000_000_000

/** What a PodGroup and the template of one have in common. */
interface GroupSettings {
  readonly schedulingPolicy: PodGroupSchedulingPolicy
  readonly schedulingConstraints?: PodGroupSchedulingConstraints
  readonly resourceClaims?: readonly PodGroupResourceClaim[]
  readonly disruptionMode?: string
  readonly priorityClassName?: string
  readonly priority?: number
}

/** Checks the settings of a PodGroup, or of a template (KEP-4671). */
export function validateGroupSettings(settings: GroupSettings, path: string): FieldError[] {
  const { schedulingConstraints, resourceClaims, priorityClassName } = settings
  return [
    ...validatePolicy(settings.schedulingPolicy, `${path}.schedulingPolicy`),
    ...ifSet(schedulingConstraints, ({ topology }) =>
      validateTopology(topology, `${path}.schedulingConstraints.topology`),
    ),
    ...validateClaims(resourceClaims, `${path}.resourceClaims`),
    ...oneOf(settings.disruptionMode, ['Pod', 'PodGroup'], `${path}.disruptionMode`),
    ...optionalName(priorityClassName, `${path}.priorityClassName`, dns1123SubdomainProblems),
    ...between(settings.priority, PRIORITY_MIN, HIGHEST_USER_PRIORITY, `${path}.priority`),
  ]
}

function validatePolicy({ basic, gang }: PodGroupSchedulingPolicy, path: string): FieldError[] {
  if (!basic && !gang) return [invalid(path, '', 'must specify one of: `basic`, `gang`')]
  if (basic && gang) {
    const text = 'exactly one of `basic`, `gang` is required, but multiple fields are set'
    return [invalid(path, '{`basic`, `gang`}', text)]
  }
  return ifSet(gang, ({ minCount }) => validateMinCount(minCount, `${path}.gang.minCount`))
}

function validateMinCount(count: number, path: string): FieldError[] {
  if (count === 0) return [required(path)]
  return count < 0 ? [invalid(path, count, 'must be greater than zero')] : NONE
}

function validateTopology(
  topology: PodGroupSchedulingConstraints['topology'],
  path: string,
): FieldError[] {
  return [
    ...atMost(topology, TOPOLOGY_MAX, path),
    ...eachAt(topology, path, ({ key }, at) =>
      key ? qualifiedName(key, `${at}.key`) : [required(`${at}.key`)],
    ),
  ]
}

function validateClaims(
  claims: readonly PodGroupResourceClaim[] | undefined,
  path: string,
): FieldError[] {
  return [
    ...atMost(claims, CLAIMS_MAX, path),
    ...eachAt(claims, path, (claim, at, i) => [
      ...(claims!.slice(0, i).some(({ name }) => name === claim.name)
        ? [duplicate(at, claim)]
        : NONE),
      ...requiredName(claim.name, `${at}.name`, dns1123LabelProblems),
      ...validateSource(claim, at),
    ]),
  ]
}

function validateSource(
  { resourceClaimName: claim, resourceClaimTemplateName: template }: PodGroupResourceClaim,
  path: string,
): FieldError[] {
  const fields = '`resourceClaimName`, `resourceClaimTemplateName`'
  if (claim === undefined && template === undefined)
    return [invalid(path, '', `must specify one of: ${fields}`)]
  if (claim !== undefined && template !== undefined) {
    const text = `exactly one of ${fields} is required, but multiple fields are set`
    return [invalid(path, `{${fields}}`, text)]
  }
  return [
    ...optionalName(claim, `${path}.resourceClaimName`, dns1123SubdomainProblems),
    ...optionalName(template, `${path}.resourceClaimTemplateName`, dns1123SubdomainProblems),
  ]
}

/** Checks who controls a Workload. */
export function validateControllerRef(
  { apiGroup, kind, name }: TypedLocalObjectReference,
  path: string,
): FieldError[] {
  return [
    ...optionalName(apiGroup, `${path}.apiGroup`, dns1123SubdomainProblems),
    ...requiredName(kind, `${path}.kind`, pathSegmentProblems),
    ...requiredName(name, `${path}.name`, pathSegmentProblems),
  ]
}
