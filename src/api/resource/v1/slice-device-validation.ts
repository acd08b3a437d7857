import { equal } from '../../../apimachinery/equality.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  tooLong,
  tooMany,
  type FieldError,
} from '../../../schema/field-error.ts'
import { validateNodeSelector } from '../../core/v1/node-selector-validation.ts'
import {
  dnsLabel,
  dnsSubdomain,
  eachAt,
  ifSet,
  NONE,
  qualifiedName,
  unique,
} from '../../validation/rules.ts'
import { parseSemanticVersion } from '../../validation/semantic-version.ts'
import { validateRequestPolicy } from './capacity-policy-validation.ts'
import {
  validateAttributeName,
  validateCount,
  validateSet,
  validateTaint,
} from './device-validation.ts'
import type {
  Counter,
  CounterSet,
  Device,
  DeviceAttribute,
  DeviceCapacity,
  DeviceCounterConsumption,
} from './resource-slice.ts'

const PROPERTIES_MAX = 32
const TEXT_MAX = 64
const TAINTS_MAX = 16
const CONSUMPTIONS_MAX = 2
const COUNTERS_MAX = 32
const BINDING_CONDITIONS_MAX = 4

/** What of the slice and of the device as it was before matters to a device. */
export interface DeviceContext {
  /** Each device says for itself which nodes can use it. */
  readonly hasOwnNodes: boolean
  readonly old: Device | undefined
}

/** Checks a device of a ResourceSlice. Capacity and taints that were there before stay as they are. */
export function validateDevice(
  device: Device,
  path: string,
  { hasOwnNodes, old }: DeviceContext,
): FieldError[] {
  const { name, attributes = {}, capacity = {}, taints } = device
  const count = Object.keys(attributes).length + Object.keys(capacity).length
  const text = `the total number of attributes and capacities must not exceed ${PROPERTIES_MAX}`
  return [
    ...dnsLabel(name, `${path}.name`),
    ...(count > PROPERTIES_MAX ? [invalid(path, count, text)] : NONE),
    ...Object.entries(attributes).flatMap(([key, attribute]) => [
      ...validateAttributeName(key, `${path}.attributes`),
      ...validateAttribute(attribute, `${path}.attributes[${key}]`),
    ]),
    ...(equal(capacity, old?.capacity ?? {})
      ? NONE
      : Object.entries(capacity).flatMap(([key, each]) => [
          ...validateAttributeName(key, `${path}.capacity`),
          ...validateCapacity(each, `${path}.capacity[${key}]`, device),
        ])),
    ...(equal(taints, old?.taints)
      ? NONE
      : [
          ...validateCount(taints, `${path}.taints`, TAINTS_MAX),
          ...eachAt(taints, `${path}.taints`, validateTaint),
        ]),
    ...validateSet(
      device.consumesCounters,
      `${path}.consumesCounters`,
      CONSUMPTIONS_MAX,
      ({ counterSet }) => counterSet,
      validateConsumption,
    ),
    ...(hasOwnNodes ? validateNodes(device, path) : validateNoNodes(device, path)),
    ...validateBinding(device, path),
  ]
}

function validateAttribute(attribute: DeviceAttribute, path: string): FieldError[] {
  const { string: text, version, strings, versions } = attribute
  const given = Object.keys(attribute).length
  const one = 'exactly one value must be specified'
  return [
    ...(given === 0 ? [required(path, one)] : NONE),
    ...(given > 1 ? [invalid(path, attribute, one)] : NONE),
    ...ifSet(text, (value) => validateText(value, `${path}.string`)),
    ...ifSet(version, (value) => validateVersion(value, `${path}.version`)),
    ...eachAt(strings, `${path}.strings`, validateText),
    ...eachAt(versions, `${path}.versions`, validateVersion),
  ]
}

function validateText(text: string, path: string): FieldError[] {
  return text.length > TEXT_MAX ? [tooLong(path, TEXT_MAX)] : NONE
}

function validateVersion(version: string, path: string): FieldError[] {
  const text = 'must be a string compatible with semver.org spec 2.0.0'
  return [
    ...(parseSemanticVersion(version) ? NONE : [invalid(path, version, text)]),
    ...validateText(version, path),
  ]
}

function validateCapacity(
  { value, requestPolicy }: DeviceCapacity,
  path: string,
  { allowMultipleAllocations }: Device,
): FieldError[] {
  if (!requestPolicy) return NONE
  const at = `${path}.requestPolicy`
  return allowMultipleAllocations
    ? validateRequestPolicy(value, requestPolicy, at)
    : [forbidden(at, 'allowMultipleAllocations must be true')]
}

function validateConsumption(
  { counterSet, counters }: DeviceCounterConsumption,
  path: string,
): FieldError[] {
  return [
    ...validateCounterName(counterSet, `${path}.counterSet`),
    ...validateCounters(counters, `${path}.counters`),
  ]
}

/** Checks a set of counters that devices of a pool draw on. */
export function validateCounterSet({ name, counters }: CounterSet, path: string): FieldError[] {
  return [
    ...validateCounterName(name, `${path}.name`),
    ...validateCounters(counters, `${path}.counters`),
  ]
}

function validateCounterName(name: string, path: string): FieldError[] {
  return name ? dnsLabel(name, path) : [required(path)]
}

// Typed as required, yet only validation sees to that.
function validateCounters(
  counters: Readonly<Record<string, Counter>> | undefined,
  path: string,
): FieldError[] {
  const names = Object.keys(counters ?? {})
  if (names.length === 0) return [required(path)]
  return [
    ...(names.length > COUNTERS_MAX ? [tooMany(path, names.length, COUNTERS_MAX)] : NONE),
    ...names.flatMap((name) => dnsLabel(name, path)),
  ]
}

function validateNodes(device: Device, path: string): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device
  const given = (['nodeName', 'nodeSelector', 'allNodes'] as const).filter((each) => device[each])
  const text =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'
  const shown = given.map((field) => `\`${field}\``).join(', ')
  return [
    ...(nodeName === ''
      ? [invalid(`${path}.nodeName`, nodeName, 'must not be empty')]
      : ifSet(nodeName, (name) => dnsSubdomain(name, `${path}.nodeName`))),
    ...ifSet(nodeSelector, (selector) => validateNodeSelector(selector, `${path}.nodeSelector`)),
    ...(allNodes === false
      ? [invalid(`${path}.allNodes`, false, 'must be either unset or set to true')]
      : NONE),
    ...(given.length === 0 ? [required(path, text)] : NONE),
    ...(given.length > 1 ? [invalid(path, `{${shown}}`, text)] : NONE),
  ]
}

function validateNoNodes({ nodeName, nodeSelector, allNodes }: Device, path: string): FieldError[] {
  const text =
    '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec'
  const isSet = nodeName !== undefined || nodeSelector !== undefined || allNodes !== undefined
  return isSet ? [invalid(path, null, text)] : NONE
}

/** Conditions that a Pod waits for before it is bound, and those that end the wait (KEP-5007). */
function validateBinding(
  { bindingConditions: wanted = [], bindingFailureConditions: failed = [] }: Device,
  path: string,
): FieldError[] {
  const [wantedPath, failedPath] = [`${path}.bindingConditions`, `${path}.bindingFailureConditions`]
  return [
    ...validateConditionNames(wanted, wantedPath),
    ...validateConditionNames(failed, failedPath),
    ...unique(wanted, wantedPath, (name) => name),
    ...eachAt(failed, failedPath, (name, at, i) => [
      ...(failed.indexOf(name) < i ? [duplicate(at, name)] : NONE),
      ...(wanted.includes(name)
        ? [invalid(at, name, 'bindingFailureConditions must not overlap with bindingConditions')]
        : NONE),
    ]),
    ...(wanted.length === 0 && failed.length > 0
      ? [
          invalid(
            wantedPath,
            wanted,
            'bindingConditions are required to use bindingFailureConditions',
          ),
        ]
      : NONE),
    ...(failed.length === 0 && wanted.length > 0
      ? [
          invalid(
            failedPath,
            failed,
            'bindingFailureConditions are required to use bindingConditions',
          ),
        ]
      : NONE),
  ]
}

function validateConditionNames(names: readonly string[], path: string): FieldError[] {
  return [
    ...validateCount(names, path, BINDING_CONDITIONS_MAX),
    ...eachAt(names, path, qualifiedName),
  ]
}
