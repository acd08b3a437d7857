import { qualifiedNameProblems } from '../../../apimachinery/names.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import { compareQuantities, parseQuantity, type Quantity } from '../../../schema/quantity.ts'
import {
  dnsLabel,
  NONE,
  NOT_NEGATIVE,
  notFoundBecause,
  oneOf,
  problemsAt,
} from '../../validation/rules.ts'
import type { ResourceClaim, ResourceRequirements } from './resources.ts'
import {
  hugePageSize,
  isExtended,
  isHugePages,
  isIntegerResource,
  isNative,
  isOvercommitAllowed,
  isPodLevelResource,
  isStandardContainerResource,
  isStandardQuotaResource,
  isStandardResource,
} from './resource-names.ts'

export type ResourceList = Readonly<Record<string, string>>

const ZERO: Quantity = { nano: 0n, format: 'DecimalSI' }

/** A quantity of a decoded object. */
export function toQuantity(text: string | undefined): Quantity {
  return (text === undefined ? undefined : parseQuantity(text)) ?? ZERO
}

/** Negative where the first quantity is less. */
export function compareTexts(a: string, b: string): number {
  return a === b ? 0 : compareQuantities(toQuantity(a), toQuantity(b))
}

export function isZero(text: string): boolean {
  return text === '0' || toQuantity(text).nano === 0n
}

export function nonNegativeQuantity(text: string, path: string): FieldError[] {
  return text.startsWith('-') ? [invalid(path, text, NOT_NEGATIVE)] : NONE
}

export function positiveQuantity(text: string, path: string): FieldError[] {
  return toQuantity(text).nano <= 0n ? [invalid(path, text, 'must be greater than zero')] : NONE
}

/** A quantity in a list of resources. */
export function validateQuantity(name: string, text: string, path: string): FieldError[] {
  return [
    ...nonNegativeQuantity(text, path),
    ...(isIntegerResource(name) && !isWhole(text)
      ? [invalid(path, text, 'must be an integer')]
      : NONE),
  ]
}

const NANO = 10n ** 9n

export function isWhole(text: string): boolean {
  // Only thousandths count, rounded up as MilliValue does.
  const { nano } = toQuantity(text)
  return ((nano + 999_999n) / 1_000_000n) % 1000n === 0n || nano % NANO === 0n
}

/** A name of a resource as such. */
export function validateResourceName(name: string, path: string): FieldError[] {
  const problems = qualifiedNameProblems(name)
  if (problems.length > 0) return problemsAt(path, name, problems)
  if (name.includes('/') || isStandardResource(name)) return NONE
  return [invalid(path, name, 'must be a standard resource type or fully qualified')]
}

/** A resource that a container may ask for. */
export function validateContainerResourceName(name: string, path: string): FieldError[] {
  if (isStandardContainerResource(name) && name.length < 20) return NONE
  const errors = validateResourceName(name, path)
  if (!name.includes('/')) {
    if (isStandardContainerResource(name)) return errors
    return [...errors, invalid(path, name, 'must be a standard resource for containers')]
  }
  if (isNative(name) || isExtended(name)) return errors
  return [...errors, invalid(path, name, "doesn't follow extended resource name standard")]
}

/** A resource that can be set for a Pod as a whole. */
export function validatePodResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path)
  if (errors.length > 0 || isPodLevelResource(name)) return errors
  return oneOf(name, ['cpu', 'hugepages-', 'memory'], path)
}

/** A resource that a quota may limit. */
export function validateQuotaResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path)
  if (name.includes('/') || isStandardQuotaResource(name)) return errors
  return [...errors, invalid(path, name, 'must be a standard resource for quota')]
}

type NameRule = (name: string, path: string) => FieldError[]

/** Requests and limits: their names, their quantities, and that no request exceeds its limit. */
export function validateResourceRequirements(
  { limits = {}, requests = {}, claims }: ResourceRequirements,
  path: string,
  claimNames: ReadonlySet<string> = new Set(),
  nameRule: NameRule = validateContainerResourceName,
): FieldError[] {
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  if (names.length === 0 && !claims) return NONE
  const lacksCompute =
    names.some(isHugePages) && !names.some((each) => each === 'cpu' || each === 'memory')
  return [
    ...validateList(limits, `${path}.limits`, nameRule),
    ...Object.entries(requests).flatMap(([name, text]) => [
      ...validateItem(name, text, `${path}.requests`, nameRule),
      ...validateAgainstLimit(name, text, limits[name], path),
    ]),
    ...(lacksCompute ? [forbidden(path, 'HugePages require cpu or memory')] : NONE),
    ...validateClaimNames(claims, claimNames, `${path}.claims`),
  ]
}

function validateList(list: ResourceList, path: string, nameRule: NameRule): FieldError[] {
  return Object.entries(list).flatMap(([name, text]) => validateItem(name, text, path, nameRule))
}

function validateItem(name: string, text: string, path: string, nameRule: NameRule): FieldError[] {
  const at = `${path}[${name}]`
  return [
    ...nameRule(name, at),
    ...validateQuantity(name, text, at),
    ...(isHugePages(name) && !isMultipleOfPage(name, text)
      ? [invalid(at, text, `${text} is not positive integer multiple of ${name}`)]
      : NONE),
  ]
}

function isMultipleOfPage(name: string, text: string): boolean {
  const size = parseQuantity(hugePageSize(name))
  const { nano } = toQuantity(text)
  return size !== undefined && size.nano > 0n && nano % NANO === 0n && nano % size.nano === 0n
}

function validateAgainstLimit(
  name: string,
  request: string,
  limit: string | undefined,
  path: string,
): FieldError[] {
  const mayDiffer = isOvercommitAllowed(name)
  if (limit === undefined) {
    if (mayDiffer) return NONE
    return [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')]
  }
  const order = compareTexts(request, limit)
  if (order !== 0 && !mayDiffer)
    return [invalid(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`)]
  if (order <= 0) return NONE
  const text = `must be less than or equal to ${name} limit of ${limit}`
  return [invalid(`${path}.requests`, request, text)]
}

function validateClaimNames(
  claims: readonly ResourceClaim[] | undefined,
  known: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const seen = new Set<string>()
  return (claims ?? []).flatMap((claim, i) => {
    const at = `${path}[${i}]`
    if (claim.name === '') return [required(at)]
    return [
      ...validateClaimOnce(claim, seen, at),
      ...(known.has(claim.name) ? NONE : [unknownClaim(claim.name, known, at)]),
    ]
  })
}

function validateClaimOnce(
  { name, request = '' }: ResourceClaim,
  seen: Set<string>,
  path: string,
): FieldError[] {
  if (seen.has(name)) return [duplicate(path, name)]
  const key = request === '' ? name : `${name}/${request}`
  const errors = request === '' ? [] : [...dnsLabel(request, `${path}.request`)]
  if (seen.has(key)) errors.push(duplicate(path, key))
  else if (request === '') {
    // The whole claim overlaps with each of its requests that came before.
    const parts = [...seen].filter((each) => each.startsWith(`${name}/`))
    errors.push(...parts.map(() => duplicate(path, name)))
  }
  seen.add(key)
  return errors
}

function unknownClaim(name: string, known: ReadonlySet<string>, path: string): FieldError {
  const rest = known.size === 0 ? ' which is empty' : `: ${[...known].toSorted().join(', ')}`
  return notFoundBecause(path, name, `must be one of the names in pod.spec.resourceClaims${rest}`)
}
