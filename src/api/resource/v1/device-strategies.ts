import { timestamp } from '../../../base/clock.ts'
import { invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { changeField, changeItems } from '../../change.ts'
import { validateNodeSelector } from '../../core/v1/node-selector-validation.ts'
import { isExtended } from '../../core/v1/resource-names.ts'
import { preparation } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { dnsSubdomain, eachAt, ifSet, immutable, NONE } from '../../validation/rules.ts'
import { DeviceClass } from './device-class.ts'
import {
  ITEMS_MAX,
  validateConfiguration,
  validateCount,
  validateDriverName,
  validatePoolName,
  validateSelectors,
  validateSet,
} from './device-validation.ts'
import {
  ResourceSlice,
  type Device,
  type DeviceTaint,
  type ResourceSliceSpec,
} from './resource-slice.ts'
import { validateCounterSet, validateDevice } from './slice-device-validation.ts'

const DEVICES_MAX = 128
/** Devices that take more to allocate make slices larger. */
const ADVANCED_DEVICES_MAX = 64
const COUNTER_SETS_MAX = 8

/** The rules of DeviceClasses (pkg/registry/resource/deviceclass/strategy.go). */
export const deviceClassStrategy: Strategy<DeviceClass> = {
  ...preparation(DeviceClass),
  validateCreate: validateDeviceClass,
  validateUpdate: validateDeviceClass,
}

function validateDeviceClass({ spec }: DeviceClass): FieldError[] {
  const { selectors, config, extendedResourceName: name } = spec
  return [
    ...validateSelectors(selectors, 'spec.selectors'),
    ...validateCount(config, 'spec.config', ITEMS_MAX),
    ...eachAt(config, 'spec.config', ({ opaque }, at) => validateConfiguration(opaque, at)),
    ...(name !== undefined && !isExtended(name)
      ? [invalid('spec.extendedResourceName', name, 'must be a valid extended resource name')]
      : NONE),
  ]
}

const prepared = preparation(ResourceSlice)

/** The rules of ResourceSlices (pkg/registry/resource/resourceslice/strategy.go). */
export const resourceSliceStrategy: Strategy<ResourceSlice> = {
  prepareForCreate: (slice, context) =>
    prepared.prepareForCreate(withTaintTimes(slice, timestamp(context.clock)), context),
  prepareForUpdate: (slice, old, context) =>
    prepared.prepareForUpdate(withTaintTimes(slice, timestamp(context.clock)), old, context),
  validateCreate: ({ spec }) => validateSlice(spec, 'spec'),
  validateUpdate: ({ spec }, { spec: old }) => [
    ...validateSlice(spec, 'spec', old),
    ...immutable(spec.pool.name, old.pool.name, 'spec.pool.name'),
    ...immutable(spec.driver, old.driver, 'spec.driver'),
    ...immutable(spec.nodeName, old.nodeName, 'spec.nodeName'),
  ],
  selectableFields: {
    'spec.driver': ({ spec }) => spec.driver,
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
  },
  unknownField: (field, { group, version, kind }) =>
    `field label not supported for ${group}/${version}, Kind=${kind}: ${field}`,
}

function withTaintTimes(slice: ResourceSlice, now: string): ResourceSlice {
  const withTime = (taint: DeviceTaint): DeviceTaint =>
    taint.timeAdded === undefined ? { ...taint, timeAdded: now } : taint
  return changeField(slice, 'spec', (spec) =>
    changeField(spec, 'devices', (devices) =>
      changeItems(devices, (device) =>
        changeField(device, 'taints', (taints) => changeItems(taints, withTime)),
      ),
    ),
  )
}

const NODE_FIELDS = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const

function validateSlice(
  spec: ResourceSliceSpec,
  path: string,
  old?: ResourceSliceSpec,
): FieldError[] {
  const { pool, devices, sharedCounters } = spec
  const hasOwnNodes = spec.perDeviceNodeSelection === true
  const olds = new Map(old?.devices?.map((device) => [device.name, device]))
  return [
    ...validateDriverName(spec.driver, `${path}.driver`),
    ...validatePoolName(pool.name, `${path}.pool.name`),
    ...(pool.resourceSliceCount <= 0
      ? [
          invalid(
            `${path}.pool.resourceSliceCount`,
            pool.resourceSliceCount,
            'must be greater than zero',
          ),
        ]
      : NONE),
    ...(pool.generation < 0
      ? [
          invalid(
            `${path}.pool.generation`,
            pool.generation,
            'must be greater than or equal to zero',
          ),
        ]
      : NONE),
    ...validateNodes(spec, path),
    ...(devices && sharedCounters
      ? [invalid(path, '', 'only one of `sharedCounters` or `devices` is allowed')]
      : NONE),
    ...validateSet(
      devices,
      `${path}.devices`,
      devices?.some(isAdvanced) ? ADVANCED_DEVICES_MAX : DEVICES_MAX,
      ({ name }) => name,
      (device, at) => validateDevice(device, at, { hasOwnNodes, old: olds.get(device.name) }),
    ),
    ...validateSet(
      sharedCounters,
      `${path}.sharedCounters`,
      COUNTER_SETS_MAX,
      ({ name }) => name,
      validateCounterSet,
    ),
  ]
}

function isAdvanced({ taints, consumesCounters, attributes = {} }: Device): boolean {
  return (
    taints !== undefined ||
    consumesCounters !== undefined ||
    Object.values(attributes).some(
      ({ ints, bools, strings, versions }) => (ints ?? bools ?? strings ?? versions) !== undefined,
    )
  )
}

function validateNodes(spec: ResourceSliceSpec, path: string): FieldError[] {
  const { nodeName, nodeSelector } = spec
  const terms = nodeSelector?.nodeSelectorTerms ?? []
  const given = NODE_FIELDS.filter((field) => spec[field])
  const all = NODE_FIELDS.map((field) => `\`${field}\``).join(', ')
  const shown = given.map((field) => `\`${field}\``).join(', ')
  return [
    ...(nodeName === ''
      ? [invalid(`${path}.nodeName`, '', 'must be either unset or set to a non-empty string')]
      : ifSet(nodeName, (name) => dnsSubdomain(name, `${path}.nodeName`))),
    ...ifSet(nodeSelector, (selector) => validateNodeSelector(selector, `${path}.nodeSelector`)),
    ...(nodeSelector && terms.length !== 1
      ? [
          invalid(
            `${path}.nodeSelector.nodeSelectorTerms`,
            terms,
            'must have exactly one node selector term',
          ),
        ]
      : NONE),
    ...(['allNodes', 'perDeviceNodeSelection'] as const)
      .filter((field) => spec[field] === false)
      .map((field) => invalid(`${path}.${field}`, false, 'must be either unset or set to true')),
    ...(given.length === 0 ? [required(path, `exactly one of ${all} is required`)] : NONE),
    ...(given.length > 1
      ? [
          invalid(
            path,
            `{${shown}}`,
            `exactly one of ${all} is required, but multiple fields are set`,
          ),
        ]
      : NONE),
  ]
}
