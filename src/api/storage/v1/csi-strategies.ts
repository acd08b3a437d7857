import { equal } from '../../../apimachinery/equality.ts'
import { validateLabelSelector } from '../../../apimachinery/label-validation.ts'
import { duplicate, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { changeField, withField } from '../../change.ts'
import { validateCsiDriverName } from '../../core/v1/legacy-volume-validation.ts'
import { nonNegativeQuantity } from '../../core/v1/resource-validation.ts'
import { asNextGeneration } from '../../preparation.ts'
import type { Strategy } from '../../strategy.ts'
import {
  dnsSubdomain,
  eachAt,
  ifSet,
  immutable,
  NONE,
  nonNegative,
  oneOf,
  qualifiedName,
} from '../../validation/rules.ts'
import type { CSIDriver, CSIDriverSpec, TokenRequest } from './csi-driver.ts'
import type { CSINode, CSINodeDriver } from './csi-node.ts'
import type { CSIStorageCapacity } from './csi-storage-capacity.ts'

const TOKEN_SECONDS_MIN = 10 * 60
const TOKEN_SECONDS_MAX = 2 ** 32
const PERIOD_SECONDS_MIN = 10
const NODE_ID_MAX = 256

/** The rules of CSIDrivers (pkg/registry/storage/csidriver/strategy.go). */
export const csiDriverStrategy: Strategy<CSIDriver> = {
  applyDefaults: (driver) =>
    changeField(driver, 'spec', (spec) =>
      withField(spec, 'volumeLifecycleModes', spec.volumeLifecycleModes ?? ['Persistent']),
    ),
  prepareForUpdate: (driver, old) =>
    asNextGeneration(
      driver,
      old,
      CHANGEABLE.some((field) => !equal(driver.spec[field], old.spec[field])),
    ),
  validateCreate: ({ spec }) => validateDriverSpec(spec, 'spec'),
  validateUpdate: ({ spec }, old) => [
    ...validateDriverSpec(spec, 'spec'),
    // The path is upstream's.
    ...immutable(spec.attachRequired, old.spec.attachRequired, 'spec.attachedRequired'),
    ...immutable(
      spec.volumeLifecycleModes,
      old.spec.volumeLifecycleModes,
      'spec.volumeLifecycleModes',
    ),
  ],
  allowUnconditionalUpdate: false,
}

const CHANGEABLE = [
  'tokenRequests',
  'requiresRepublish',
  'seLinuxMount',
  'nodeAllocatableUpdatePeriodSeconds',
] as const

function validateDriverSpec(spec: CSIDriverSpec, path: string): FieldError[] {
  const { nodeAllocatableUpdatePeriodSeconds: period } = spec
  const policies = ['File', 'None', 'ReadWriteOnceWithFSType']
  return [
    ...oneOf(spec.fsGroupPolicy, policies, `${path}.fsGroupPolicy`),
    ...validateTokenRequests(spec.tokenRequests, `${path}.tokenRequests`),
    ...(spec.volumeLifecycleModes ?? []).flatMap((mode) =>
      oneOf(mode, ['Persistent', 'Ephemeral'], `${path}.volumeLifecycleModes`),
    ),
    ...(period !== undefined && period < PERIOD_SECONDS_MIN
      ? [
          invalid(
            `${path}.nodeAllocatableUpdatePeriodSeconds`,
            period,
            `must be greater than or equal to ${PERIOD_SECONDS_MIN} seconds`,
          ),
        ]
      : NONE),
  ]
}

function validateTokenRequests(
  requests: readonly TokenRequest[] | undefined,
  path: string,
): FieldError[] {
  const seen = new Set<string>()
  return eachAt(requests, path, ({ audience, expirationSeconds: seconds }, at) => {
    if (seen.has(audience)) return [duplicate(`${at}.audience`, audience)]
    seen.add(audience)
    return ifSet(seconds, (value) => validateLifetime(value, `${at}.expirationSeconds`))
  })
}

function validateLifetime(seconds: number, path: string): FieldError[] {
  if (seconds < TOKEN_SECONDS_MIN)
    return [invalid(path, seconds, 'may not specify a duration less than 10 minutes')]
  return seconds > TOKEN_SECONDS_MAX
    ? [invalid(path, seconds, 'may not specify a duration larger than 2^32 seconds')]
    : NONE
}

/** The rules of CSINodes (pkg/registry/storage/csinode/strategy.go). */
export const csiNodeStrategy: Strategy<CSINode> = {
  validateCreate: validateNode,
  validateUpdate: (node, old) => [
    ...validateNode(node),
    ...node.spec.drivers.flatMap((driver) => {
      const before = old.spec.drivers.find(({ name }) => name === driver.name)
      return before
        ? immutable(withoutAllocatable(driver), withoutAllocatable(before), 'spec.drivers')
        : NONE
    }),
  ],
  allowUnconditionalUpdate: false,
}

function withoutAllocatable(driver: CSINodeDriver): CSINodeDriver {
  return withField(driver, 'allocatable', undefined)
}

function validateNode({ spec }: CSINode): FieldError[] {
  const names = new Set<string>()
  return eachAt(spec.drivers, 'spec.drivers', (driver, at) => {
    const { name, nodeID, allocatable, topologyKeys } = driver
    const isTwice = names.has(name)
    names.add(name)
    return [
      ...validateCsiDriverName(name, `${at}.name`),
      ...(nodeID ? NONE : [required(`${at}.nodeID`)]),
      ...(nodeID.length > NODE_ID_MAX
        ? [invalid(`${at}.nodeID`, nodeID, `must be ${NODE_ID_MAX} characters or less`)]
        : NONE),
      ...nonNegative(allocatable?.count, `${at}.allocatable.count`),
      ...(isTwice ? [duplicate(`${at}.name`, name)] : NONE),
      ...validateTopologyKeys(topologyKeys, at),
    ]
  })
}

// All at the path of the driver, as upstream has it.
function validateTopologyKeys(keys: readonly string[], path: string): FieldError[] {
  return keys.flatMap((key, i) => [
    ...(key ? NONE : [required(path)]),
    ...(keys.indexOf(key) < i ? [duplicate(path, key)] : NONE),
    ...qualifiedName(key, path),
  ])
}

/** The rules of CSIStorageCapacities (pkg/registry/storage/csistoragecapacity/strategy.go). */
export const csiStorageCapacityStrategy: Strategy<CSIStorageCapacity> = {
  validateCreate: validateCapacity,
  validateUpdate: (capacity, old) => [
    ...validateCapacity(capacity),
    ...immutable(capacity.nodeTopology, old.nodeTopology, 'nodeTopology'),
    ...immutable(capacity.storageClassName, old.storageClassName, 'storageClassName'),
  ],
  allowUnconditionalUpdate: false,
}

function validateCapacity(object: CSIStorageCapacity): FieldError[] {
  return [
    ...validateLabelSelector(object.nodeTopology, 'nodeTopology'),
    ...dnsSubdomain(object.storageClassName, 'storageClassName'),
    ...ifSet(object.capacity, (capacity) => nonNegativeQuantity(capacity, 'capacity')),
  ]
}
