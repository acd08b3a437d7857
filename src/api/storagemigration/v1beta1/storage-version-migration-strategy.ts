import { invalid, type FieldError } from '../../../schema/field-error.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import { validateConditions } from '../../meta/v1/condition-validation.ts'
import { isConditionTrue } from '../../meta/v1/conditions.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { immutable, NONE, nonNegative, requiredText } from '../../validation/rules.ts'
import type { StorageVersionMigration } from './storage-version-migration.ts'

const RESOURCE_VERSION = 'status.resourceVersion'
const CONDITIONS = 'status.conditions'

/** The rules of StorageVersionMigrations (pkg/registry/storagemigration/storagemigration/strategy.go). */
export function storageVersionMigrationStrategy(
  type: ResourceClass<StorageVersionMigration>,
): Strategy<StorageVersionMigration> {
  return {
    ...preparation(type),
    validateCreate: validateMigration,
    validateUpdate: (migration, old) => [
      ...validateMigration(migration),
      // Upstream names no more of the paths.
      ...immutable(migration.spec.resource.group, old.spec.resource.group, 'group'),
      ...immutable(migration.spec.resource.resource, old.spec.resource.resource, 'resource'),
    ],
    status: statusStrategy(validateStatus),
    allowUnconditionalUpdate: false,
  }
}

function validateMigration({ spec }: StorageVersionMigration): FieldError[] {
  return requiredText(spec.resource.resource, 'spec.resource.resource', 'resource is required')
}

function validateStatus(
  migration: StorageVersionMigration,
  old: StorageVersionMigration,
): FieldError[] {
  const { resourceVersion = '', conditions } = migration.status
  const before = old.status.resourceVersion ?? ''
  return [
    ...validateResourceVersion(resourceVersion),
    ...validateConditions(conditions, CONDITIONS),
    ...(before !== '' && before !== resourceVersion
      ? [invalid(RESOURCE_VERSION, resourceVersion, 'cannot be updated')]
      : NONE),
    ...validateOutcome(migration, old),
  ]
}

function validateResourceVersion(text: string): FieldError[] {
  if (text === '') return NONE
  const isNumber = /^[+-]?\d+$/.test(text)
  const isInRange = isNumber && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
  if (isInRange) return nonNegative(BigInt(text), RESOURCE_VERSION)
  const problem = isNumber ? 'value out of range' : 'invalid syntax'
  const quoted = JSON.stringify(text)
  const detail = `failed to parse resource version ${quoted}: strconv.ParseInt: parsing ${quoted}: ${problem}`
  return [invalid(RESOURCE_VERSION, text, detail)]
}

/** A migration succeeds or fails, once and for all, and then runs no longer. */
function validateOutcome(
  migration: StorageVersionMigration,
  old: StorageVersionMigration,
): FieldError[] {
  const { conditions } = migration.status
  const wrong = (detail: string) => invalid(CONDITIONS, conditions ?? [], detail)
  const [succeeded, failed, running] = ['Succeeded', 'Failed', 'Running'].map((type) =>
    isConditionTrue(migration.status.conditions, type),
  )
  return [
    ...(succeeded && failed
      ? [wrong('Both success and failed conditions cannot be true at the same time')]
      : NONE),
    ...(succeeded && running
      ? [wrong('Running condition cannot be true when success condition is true')]
      : NONE),
    ...(failed && running
      ? [wrong('Running condition cannot be true when failed condition is true')]
      : NONE),
    ...(isConditionTrue(old.status.conditions, 'Succeeded') && !succeeded
      ? [wrong('Success condition cannot be set to false once it is true')]
      : NONE),
    ...(isConditionTrue(old.status.conditions, 'Failed') && !failed
      ? [wrong('Failed condition cannot be set to false once it is true')]
      : NONE),
  ]
}
