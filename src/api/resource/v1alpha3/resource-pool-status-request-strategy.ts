import { dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { invalid, required, tooLong, type FieldError } from '../../../schema/field-error.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import { validateConditions } from '../../meta/v1/condition-validation.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import {
  atMost,
  eachAt,
  ifSet,
  immutable,
  NONE,
  nonNegative,
  optionalName,
  positive,
} from '../../validation/rules.ts'
import { validateDriverName, validatePoolName } from '../v1/device-validation.ts'
import type {
  PoolStatus,
  ResourcePoolStatusRequest,
  ResourcePoolStatusRequestSpec,
  ResourcePoolStatusRequestStatus,
} from './resource-pool-status-request.ts'

const POOLS_MAX = 1000
const CONDITIONS_MAX = 10
const ERROR_SIZE_MAX = 256
const COUNTS = [
  'generation',
  'totalDevices',
  'allocatedDevices',
  'availableDevices',
  'unavailableDevices',
] as const

/** The rules of ResourcePoolStatusRequests (pkg/registry/resource/resourcepoolstatusrequest/strategy.go). */
export function resourcePoolStatusRequestStrategy(
  type: ResourceClass<ResourcePoolStatusRequest>,
): Strategy<ResourcePoolStatusRequest> {
  return {
    ...preparation(type),
    validateCreate: ({ spec }) => validateSpec(spec, 'spec'),
    validateUpdate: ({ spec }, old) => immutable(spec, old.spec, 'spec'),
    status: statusStrategy(({ status }) =>
      ifSet(status, (given) => validateStatus(given, 'status')),
    ),
  }
}

function validateSpec(spec: ResourcePoolStatusRequestSpec, path: string): FieldError[] {
  const { driver, poolName, limit } = spec
  return [
    ...validateDriverName(driver, `${path}.driver`),
    ...ifSet(poolName, (name) => validatePoolName(name, `${path}.poolName`)),
    ...(limit < 1 ? [invalid(`${path}.limit`, limit, 'must be greater than or equal to 1')] : NONE),
    ...(limit > POOLS_MAX
      ? [invalid(`${path}.limit`, limit, `must be less than or equal to ${POOLS_MAX}`)]
      : NONE),
  ]
}

function validateStatus(
  { poolCount, pools, conditions }: ResourcePoolStatusRequestStatus,
  path: string,
): FieldError[] {
  return [
    // Typed as required, yet only validation sees to that.
    ...((poolCount as number | undefined) === undefined
      ? [required(`${path}.poolCount`)]
      : nonNegative(poolCount, `${path}.poolCount`)),
    ...atMost(pools, POOLS_MAX, `${path}.pools`),
    ...eachAt(pools, `${path}.pools`, validatePool),
    ...atMost(conditions, CONDITIONS_MAX, `${path}.conditions`),
    ...validateConditions(conditions, `${path}.conditions`),
  ]
}

function validatePool(pool: Partial<PoolStatus>, path: string): FieldError[] {
  const { driver = '', poolName = '', validationError: text } = pool
  return [
    ...validateDriverName(driver, `${path}.driver`),
    ...validatePoolName(poolName, `${path}.poolName`),
    ...COUNTS.flatMap((field) => nonNegative(pool[field], `${path}.${field}`)),
    ...positive(pool.resourceSliceCount, `${path}.resourceSliceCount`),
    ...optionalName(pool.nodeName, `${path}.nodeName`, dns1123SubdomainProblems),
    ...(text !== undefined && text.length > ERROR_SIZE_MAX
      ? [tooLong(`${path}.validationError`, ERROR_SIZE_MAX)]
      : NONE),
  ]
}
