import { equal } from '../../../apimachinery/equality.ts'
import { forbidden, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { changeField, changeItems, withFields } from '../../change.ts'
import { validateNodeSelector } from '../../core/v1/node-selector-validation.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { statusPreparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import {
  dnsLabel,
  eachAt,
  ifSet,
  IMMUTABLE,
  NONE,
  oneOf,
  requiredOneOf,
  requiredText,
} from '../../validation/rules.ts'
import {
  ResourceClaimSpec,
  type DeviceClaim,
  type DeviceRequest,
  type DeviceSubRequest,
  type ExactDeviceRequest,
} from './common.ts'
import {
  ITEMS_MAX,
  validateClassName,
  validateConfiguration,
  validateCount,
  validateDriverName,
  validatePoolName,
  validateQualifiedAttribute,
  validateSelectors,
  validateSet,
  validateTolerations,
} from './device-validation.ts'
import type { ResourceClaimTemplate } from './resource-claim-template.ts'
import { ResourceClaimTemplateSpec } from './resource-claim-template.ts'
import { ResourceClaim, type AllocationResult, type ResourceClaimStatus } from './resource-claim.ts'

const ALTERNATIVES_MAX = 8
const RESERVED_MAX = 256

/** The rules of ResourceClaims (pkg/registry/resource/resourceclaim/strategy.go). */
export const resourceClaimStrategy: Strategy<ResourceClaim> = {
  applyDefaults: (claim) => changeField(claim, 'spec', defaultSpec),
  ...statusPreparation(ResourceClaim),
  validateCreate: ({ spec }) => validateDevices(spec.devices, 'spec.devices'),
  validateUpdate: ({ spec }, old) =>
    semanticEqual(ResourceClaimSpec, spec, old.spec) ? NONE : [invalid('spec', spec, IMMUTABLE)],
  status: statusStrategy(validateStatus),
}

/** The rules of ResourceClaimTemplates. */
export const resourceClaimTemplateStrategy: Strategy<ResourceClaimTemplate> = {
  applyDefaults: (template) =>
    changeField(template, 'spec', (spec) => changeField(spec, 'spec', defaultSpec)),
  validateCreate: ({ spec }) => validateDevices(spec.spec.devices, 'spec.spec.devices'),
  validateUpdate: ({ spec }, old) =>
    semanticEqual(ResourceClaimTemplateSpec, spec, old.spec)
      ? NONE
      : [invalid('spec', spec, IMMUTABLE)],
}

function defaultSpec(spec: ResourceClaimSpec): ResourceClaimSpec {
  return changeField(spec, 'devices', (devices) =>
    changeField(devices, 'requests', (requests) => changeItems(requests, defaultRequest)),
  )
}

function defaultRequest(request: DeviceRequest): DeviceRequest {
  return withFields(request, {
    exactly: request.exactly && withCount(request.exactly),
    firstAvailable: request.firstAvailable && changeItems(request.firstAvailable, withCount),
  })
}

function withCount<R extends ExactDeviceRequest | DeviceSubRequest>(request: R): R {
  const mode = request.allocationMode || 'ExactCount'
  const count = mode === 'ExactCount' && !request.count ? 1 : request.count
  return mode === request.allocationMode && count === request.count
    ? request
    : { ...request, allocationMode: mode, ...(count !== undefined && { count }) }
}

function validateDevices(devices: DeviceClaim, path: string): FieldError[] {
  const names = namesOf(devices)
  return [
    ...validateSet(
      devices.requests,
      `${path}.requests`,
      ITEMS_MAX,
      ({ name }) => name,
      validateRequest,
    ),
    ...validateCount(devices.constraints, `${path}.constraints`, ITEMS_MAX),
    ...eachAt(devices.constraints, `${path}.constraints`, (constraint, at) => [
      ...validateReferences(constraint.requests, names, `${at}.requests`),
      ...validateAttributes(constraint, at),
    ]),
    ...validateCount(devices.config, `${path}.config`, ITEMS_MAX),
    ...eachAt(devices.config, `${path}.config`, ({ requests, opaque }, at) => [
      ...validateReferences(requests, names, `${at}.requests`),
      ...validateConfiguration(opaque, at),
    ]),
  ]
}

/** What other fields may refer to: requests, and alternatives as `request/alternative`. */
function namesOf({ requests }: DeviceClaim): ReadonlySet<string> {
  return new Set(
    requests.flatMap(({ name, firstAvailable = [] }) => [
      name,
      ...firstAvailable.map((each) => `${name}/${each.name}`),
    ]),
  )
}

function validateRequest(request: DeviceRequest, path: string): FieldError[] {
  const { name, exactly, firstAvailable = [] } = request
  const text = 'exactly one of `exactly` or `firstAvailable` is required'
  const errors = dnsLabel(name, `${path}.name`)
  if (!exactly && firstAvailable.length === 0) return [...errors, required(path, text)]
  if (exactly && firstAvailable.length > 0)
    return [...errors, invalid(path, undefined, `${text}, but multiple fields are set`)]
  return [
    ...errors,
    ...ifSet(exactly, (each) => validateExact(each, `${path}.exactly`)),
    ...validateSet(
      firstAvailable,
      `${path}.firstAvailable`,
      ALTERNATIVES_MAX,
      (each) => each.name,
      (each, at) => [...dnsLabel(each.name, `${at}.name`), ...validateExact(each, at)],
    ),
  ]
}

function validateExact(request: ExactDeviceRequest | DeviceSubRequest, path: string): FieldError[] {
  const { allocationMode: mode, count = 0 } = request
  const isWrong = mode === 'All' ? count !== 0 : mode === 'ExactCount' && count <= 0
  const text =
    mode === 'All'
      ? "must not be specified when allocationMode is 'All'"
      : 'must be greater than zero'
  return [
    ...validateClassName(request.deviceClassName, `${path}.deviceClassName`),
    ...validateSelectors(request.selectors, `${path}.selectors`),
    ...(isWrong ? [invalid(`${path}.count`, count, text)] : NONE),
    ...oneOf(mode, ['All', 'ExactCount'], `${path}.allocationMode`),
    ...validateTolerations(request.tolerations, `${path}.tolerations`),
  ]
}

function validateReferences(
  requests: readonly string[] | undefined,
  names: ReadonlySet<string>,
  path: string,
): FieldError[] {
  return validateSet(
    requests,
    path,
    ITEMS_MAX,
    (name) => name,
    (name, at) => validateReference(name, names, at),
  )
}

function validateReference(name: string, names: ReadonlySet<string>, path: string): FieldError[] {
  const text =
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
  const parts = name.split('/')
  return [
    ...(parts.length > 2 ? NONE : parts.flatMap((part) => dnsLabel(part, path))),
    ...(names.has(name) ? NONE : [invalid(path, name, text)]),
  ]
}

function validateAttributes(
  {
    matchAttribute: same,
    distinctAttribute: distinct,
  }: NonNullable<DeviceClaim['constraints']>[number],
  path: string,
): FieldError[] {
  if (same !== undefined) return validateQualifiedAttribute(same, `${path}.matchAttribute`)
  if (distinct !== undefined)
    return validateQualifiedAttribute(distinct, `${path}.distinctAttribute`)
  const text =
    'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'
  return [required(path, text)]
}

function validateStatus(
  { metadata, spec, status }: ResourceClaim,
  old: ResourceClaim,
): FieldError[] {
  const { allocation, reservedFor = [] } = status
  const names = namesOf(spec.devices)
  const added = reservedFor.filter(
    (each) => !old.status.reservedFor?.some((was) => equal(was, each)),
  )
  const at = 'status.reservedFor'
  const text =
    'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set'
  return [
    ...validateSet(
      reservedFor,
      at,
      RESERVED_MAX,
      ({ uid }) => uid,
      (each, itemPath) => [
        ...requiredText(each.resource, `${itemPath}.resource`),
        ...requiredText(each.name, `${itemPath}.name`),
        ...requiredText(each.uid, `${itemPath}.uid`),
      ],
    ),
    ...validateDeviceStatuses(status),
    ...(reservedFor.length > 0 && !allocation
      ? [forbidden(at, 'may not be specified when `allocated` is not set')]
      : NONE),
    ...(allocation && metadata.deletionTimestamp !== undefined && added.length > 0
      ? [forbidden(at, text)]
      : NONE),
    ...ifSet(allocation, (result) => validateAllocationChange(result, old, names)),
  ]
}

function validateAllocationChange(
  allocation: AllocationResult,
  { status }: ResourceClaim,
  names: ReadonlySet<string>,
): FieldError[] {
  const path = 'status.allocation'
  if (!status.allocation) return validateAllocation(allocation, names, path)
  return equal(allocation, status.allocation) ? NONE : [invalid(path, allocation, IMMUTABLE)]
}

function validateAllocation(
  { devices, nodeSelector }: AllocationResult,
  names: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const [atResults, atConfig] = [`${path}.devices.results`, `${path}.devices.config`]
  return [
    ...validateCount(devices.results, atResults, ITEMS_MAX),
    ...eachAt(devices.results, atResults, (result, at) => [
      ...validateReference(result.request, names, `${at}.request`),
      ...validateDriverName(result.driver, `${at}.driver`),
      ...validatePoolName(result.pool, `${at}.pool`),
      ...dnsLabel(result.device, `${at}.device`),
    ]),
    ...validateCount(devices.config, atConfig, 2 * ITEMS_MAX),
    ...eachAt(devices.config, atConfig, (config, at) => [
      ...requiredOneOf(config.source, ['FromClaim', 'FromClass'], `${at}.source`),
      ...validateReferences(config.requests, names, `${at}.requests`),
      ...validateConfiguration(config.opaque, at),
    ]),
    ...ifSet(nodeSelector, (selector) => validateNodeSelector(selector, `${path}.nodeSelector`)),
  ]
}

function validateDeviceStatuses({ devices, allocation }: ResourceClaimStatus): FieldError[] {
  const allocated = new Set(
    (allocation?.devices.results ?? []).map(
      ({ driver, pool, device }) => `${driver}/${pool}/${device}`,
    ),
  )
  return validateSet(
    devices,
    'status.devices',
    Infinity,
    ({ driver, pool, device, shareID = '' }) => `${driver}/${pool}/${device}/${shareID}`,
    (each, at) => [
      ...validateDriverName(each.driver, `${at}.driver`),
      ...validatePoolName(each.pool, `${at}.pool`),
      ...dnsLabel(each.device, `${at}.device`),
      ...(allocated.has(`${each.driver}/${each.pool}/${each.device}`)
        ? NONE
        : [
            invalid(
              at,
              `${each.driver}/${each.pool}/${each.device}`,
              'must be an allocated device in the claim',
            ),
          ]),
    ],
  )
}
