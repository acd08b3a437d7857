import { equal } from '../../../apimachinery/equality.ts'
import { qualifiedNameProblems } from '../../../apimachinery/names.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import { compareQuantities, quantityMilliValue } from '../../../schema/quantity.ts'
import { changeField, changeItems, withFields, withMissing } from '../../change.ts'
import { statusPreparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { eachAt, IMMUTABLE, NONE, problemsAt } from '../../validation/rules.ts'
import type { LimitRange, LimitRangeItem } from './limit-range.ts'
import type { ResourceList } from './pod-resources.ts'
import { roundUpToMilli } from './quantity-rounding.ts'
import { isOvercommitAllowed, isStandardQuotaResource } from './resource-names.ts'
import { ResourceQuota, type ResourceQuotaSpec } from './resource-quota.ts'
import { QUOTA_SCOPES, type ScopedResourceSelectorRequirement } from './selector.ts'
import {
  compareTexts,
  toQuantity,
  validateContainerResourceName,
  validateQuantity,
  validateQuotaResourceName,
  validateResourceName,
} from './resource-validation.ts'

/** The rules of ResourceQuotas. */
export const resourceQuotaStrategy: Strategy<ResourceQuota> = {
  applyDefaults: (quota) =>
    changeField(quota, 'spec', (spec) => changeField(spec, 'hard', roundUpToMilli)),
  ...statusPreparation(ResourceQuota),
  validateCreate: (quota) => [...validateQuotaSpec(quota.spec), ...validateQuotaStatus(quota)],
  validateUpdate: ({ spec }, old) => [
    ...validateQuotaSpec(spec),
    ...(equal(scopeSet(spec), scopeSet(old.spec))
      ? NONE
      : [invalid('spec.scopes', spec.scopes ?? null, IMMUTABLE)]),
  ],
  status: statusStrategy(validateQuotaStatus),
}

function scopeSet({ scopes = [] }: ResourceQuotaSpec): readonly string[] {
  return [...new Set<string>(scopes)].toSorted()
}

function validateQuotaStatus({ status }: ResourceQuota): FieldError[] {
  return [
    ...validateAmounts(status.hard, 'status.hard'),
    ...validateAmounts(status.used, 'status.used'),
  ]
}

function validateAmounts(list: ResourceList | undefined, path: string): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, text]) => [
    ...validateQuotaResourceName(name, `${path}[${name}]`),
    ...validateQuantity(name, text, `${path}[${name}]`),
  ])
}

const SCOPES: readonly string[] = QUOTA_SCOPES

const COMPUTE = /^((requests|limits)\.)?(cpu|memory)$/

/** What can be counted within a scope. */
function isScopeValid(scope: string, resource: string): boolean {
  switch (scope) {
    case 'BestEffort':
      return resource === 'pods'
    case 'Terminating':
    case 'NotTerminating':
    case 'NotBestEffort':
    case 'PriorityClass':
    case 'CrossNamespacePodAffinity':
      return resource === 'pods' || COMPUTE.test(resource)
    case 'VolumeAttributesClass':
      return resource === 'persistentvolumeclaims' || resource === 'requests.storage'
    default:
      return true
  }
}

function validateQuotaSpec(spec: ResourceQuotaSpec): FieldError[] {
  const names = Object.keys(spec.hard ?? {})
    .filter(isStandardQuotaResource)
    .toSorted()
  return [
    ...validateAmounts(spec.hard, 'spec.hard'),
    ...validateScopes(spec, names),
    ...validateScopeSelector(spec, names),
  ]
}

function validateScopes({ scopes = [] }: ResourceQuotaSpec, names: readonly string[]) {
  const path = 'spec.scopes'
  return [
    ...scopes.flatMap((scope) => [
      ...(SCOPES.includes(scope) ? NONE : [invalid(path, scopes, 'unsupported scope')]),
      ...names
        .filter((name) => !isScopeValid(scope, name))
        .map(() => invalid(path, scopes, 'unsupported scope applied to resource')),
    ]),
    ...conflicts(scopes, scopes, path),
  ]
}

function conflicts(scopes: readonly string[], shown: unknown, path: string): FieldError[] {
  const pairs = [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ]
  return pairs
    .filter((pair) => pair.every((each) => scopes.includes(each)))
    .map(() => invalid(path, shown, 'conflicting scopes'))
}

function validateScopeSelector(spec: ResourceQuotaSpec, names: readonly string[]): FieldError[] {
  const { scopeSelector } = spec
  if (!scopeSelector) return NONE
  const path = 'spec.scopeSelector.matchExpressions'
  const requirements = scopeSelector.matchExpressions ?? []
  return [
    ...requirements.flatMap((each) => [
      ...(SCOPES.includes(each.scopeName)
        ? NONE
        : [invalid(`${path}.scopeName`, each.scopeName, 'unsupported scope')]),
      ...names
        .filter((name) => !isScopeValid(each.scopeName, name))
        .map(() => invalid(path, scopeSelector, 'unsupported scope applied to resource')),
      ...validateScopeRequirement(each, path),
    ]),
    ...conflicts(
      requirements.map(({ scopeName }) => scopeName),
      spec.scopes ?? null,
      path,
    ),
  ]
}

const EXISTENCE_SCOPES = [
  'BestEffort',
  'NotBestEffort',
  'Terminating',
  'NotTerminating',
  'CrossNamespacePodAffinity',
]

const EXISTENCE_TEXT =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"

function validateScopeRequirement(
  { scopeName, operator, values }: ScopedResourceSelectorRequirement,
  path: string,
): FieldError[] {
  const errors: FieldError[] = []
  if (EXISTENCE_SCOPES.includes(scopeName) && operator !== 'Exists')
    errors.push(invalid(`${path}.operator`, operator, EXISTENCE_TEXT))
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (!values) {
        const text =
          "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
        errors.push(required(`${path}.values`, text))
      }
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values) {
        const text =
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
        errors.push(invalid(`${path}.values`, values, text))
      }
      break
    default:
      errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'))
  }
  return errors
}

/** The rules of LimitRanges. */
export const limitRangeStrategy: Strategy<LimitRange> = {
  applyDefaults: (limitRange) =>
    changeField(limitRange, 'spec', (spec) =>
      changeField(spec, 'limits', (limits) => changeItems(limits, defaultLimits)),
    ),
  validateCreate: validateLimitRange,
  validateUpdate: validateLimitRange,
}

/** A container's limit defaults to the most allowed, its request to its limit, else to the least allowed. */
function defaultLimits(item: LimitRangeItem): LimitRangeItem {
  if (item.type !== 'Container') return item
  const limits = withMissing(item.default, item.max ?? {})
  const requests = withMissing(withMissing(item.defaultRequest, limits), item.min ?? {})
  return withFields(item, {
    default: Object.keys(limits).length === 0 ? undefined : limits,
    defaultRequest: Object.keys(requests).length === 0 ? undefined : requests,
  })
}

function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const types = new Set<string>()
  return eachAt(spec.limits, 'spec.limits', (item, at) => {
    const isTwice = types.has(item.type)
    types.add(item.type)
    return [
      ...validateLimitType(item.type, `${at}.type`),
      ...(isTwice ? [duplicate(`${at}.type`, item.type)] : NONE),
      ...validateLimitNames(item, at),
      ...(item.type === 'PersistentVolumeClaim' && !item.min?.['storage'] && !item.max?.['storage']
        ? [
            required(
              `${at}.limits`,
              'either minimum or maximum storage value is required, but neither was provided',
            ),
          ]
        : NONE),
      ...validateLimitAmounts(item, at),
    ]
  })
}

function validateLimitType(type: string, path: string): FieldError[] {
  const problems = qualifiedNameProblems(type)
  if (problems.length > 0) return problemsAt(path, type, problems)
  if (type.includes('/') || ['Pod', 'Container', 'PersistentVolumeClaim'].includes(type))
    return NONE
  return [invalid(path, type, 'must be a standard limit type or fully qualified')]
}

function validateLimitNames(item: LimitRangeItem, path: string): FieldError[] {
  const isPod = item.type === 'Pod'
  const rule =
    isPod || item.type === 'Container' ? validateContainerResourceName : validateResourceName
  const names = (field: 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio') =>
    Object.keys(item[field] ?? {}).flatMap((name) => rule(name, `${path}.${field}[${name}]`))
  const notForPods = (field: 'default' | 'defaultRequest') =>
    item[field]
      ? [forbidden(`${path}.${field}`, "may not be specified when `type` is 'Pod'")]
      : NONE
  return [
    ...names('max'),
    ...names('min'),
    ...(isPod ? notForPods('default') : names('default')),
    ...(isPod ? notForPods('defaultRequest') : names('defaultRequest')),
    ...names('maxLimitRequestRatio'),
  ]
}

function validateLimitAmounts(item: LimitRangeItem, path: string): FieldError[] {
  const isPod = item.type === 'Pod'
  const { min = {}, max = {}, maxLimitRequestRatio: ratios = {} } = item
  const [limits, requests] = isPod ? [{}, {}] : [item.default ?? {}, item.defaultRequest ?? {}]
  const names = new Set([min, max, limits, requests, ratios].flatMap(Object.keys))
  return [...names].flatMap((name) => [
    ...validateOrder(name, min[name], max[name], limits[name], requests[name], path),
    ...validateRatio(name, ratios[name], min[name], max[name], path),
    ...validateFixed(name, limits[name], requests[name], path),
  ])
}

type Amount = string | undefined

function exceeds(a: Amount, b: Amount): boolean {
  return a !== undefined && b !== undefined && compareTexts(a, b) > 0
}

function validateOrder(
  name: string,
  min: Amount,
  max: Amount,
  limit: Amount,
  request: Amount,
  path: string,
): FieldError[] {
  const rows = [
    [min, max, 'min', min, `min value ${min} is greater than max value ${max}`],
    [min, request, 'defaultRequest', request, `min value ${min} is greater than default request value ${request}`],
    [request, max, 'defaultRequest', request, `default request value ${request} is greater than max value ${max}`],
    [request, limit, 'defaultRequest', request, `default request value ${request} is greater than default limit value ${limit}`],
    [min, limit, 'default', min, `min value ${min} is greater than default value ${limit}`],
    [limit, max, 'default', max, `default value ${limit} is greater than max value ${max}`],
  ] as const // prettier-ignore
  return rows
    .filter(([a, b]) => exceeds(a, b))
    .map(([, , field, shown, text]) => invalid(`${path}.${field}[${name}]`, shown, text))
}

function validateRatio(name: string, ratio: Amount, min: Amount, max: Amount, path: string) {
  if (ratio === undefined) return NONE
  const at = `${path}.maxLimitRequestRatio[${name}]`
  const one = toQuantity('1')
  const errors: FieldError[] = []
  if (compareQuantities(toQuantity(ratio), one) < 0)
    errors.push(invalid(at, ratio, `ratio ${ratio} is less than 1`))
  if (min === undefined || max === undefined) return errors
  const most = quantityMilliValue(max) / quantityMilliValue(min)
  if (quantityMilliValue(ratio) / 1000 > most) {
    const text = `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`
    errors.push(invalid(at, ratio, text))
  }
  return errors
}

function validateFixed(name: string, limit: Amount, request: Amount, path: string): FieldError[] {
  const mayDiffer = limit === undefined || request === undefined || isOvercommitAllowed(name)
  if (mayDiffer || compareTexts(limit, request) === 0) return NONE
  const text = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`
  return [invalid(`${path}.defaultRequest[${name}]`, request, text)]
}
