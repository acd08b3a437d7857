import { bool, int64, listOf, mapOf, quantity, ref, string, time } from '../../../schema/field.ts'
import { NodeSelector } from '../../core/v1/selector.ts'
import { message, resource } from './group.ts'

export class CapacityRequestPolicyRange extends message(
  'Range of amounts that one request may take.',
  {
    min: quantity(1, 'Smallest amount. Lower requests are rounded up to it.').requiredPointer(),
    max: quantity(2, 'Largest amount. Devices cannot satisfy higher requests.').pointer(),
    step: quantity(3, 'Increment above min that amounts are rounded up to.').pointer(),
  },
) {}

export class CapacityRequestPolicy extends message(
  'How much of a capacity one request may take. Set at most one of validValues and validRange.',
  {
    default: quantity(
      1,
      'Amount taken when a request names none. Required once values or a range are given.',
    ).pointer(),
    validValues: listOf(
      'quantity',
      3,
      'Amounts that may be taken, in ascending order; requests are rounded up to one of them. At most 10.',
    ).atomic(),
    validRange: ref(
      CapacityRequestPolicyRange,
      4,
      'Range of amounts that may be taken; requests are rounded up to fit.',
    ),
  },
) {}

export class Counter extends message('An amount of some divisible resource of a device.', {
  value: quantity(1, 'How much is available or consumed.').required(),
}) {}

export class CounterSet extends message('A named group of counters that several devices draw on.', {
  name: string(1, 'Name of the set, unique in the pool.').required(),
  counters: mapOf(Counter, 2, 'The counters by name. At most 32.').requiredDropped(),
}) {}

export class DeviceAttribute extends message(
  'The value of a device property. Set exactly one field.',
  {
    int: int64(2, 'Value of an attribute that is a whole number.').pointer(),
    bool: bool(3, 'Value of an attribute that is true or false.').pointer(),
    string: string(4, 'A text. At most 64 characters.').pointer(),
    version: string(5, 'A semantic version, such as 1.2.3. At most 64 characters.').pointer(),
    ints: listOf('int64', 6, 'Values of an attribute that is a list of whole numbers.').atomic(),
    bools: listOf('bool', 7, 'Values of an attribute that is a list of booleans.').atomic(),
    strings: listOf('string', 8, 'A list of texts. Each has at most 64 characters.').atomic(),
    versions: listOf(
      'string',
      9,
      'A list of semantic versions. Each has at most 64 characters.',
    ).atomic(),
  },
) {}

export class DeviceCapacity extends message('An amount that a device has to offer.', {
  value: quantity(
    1,
    'The whole amount. When the device can be shared, requests take parts of it.',
  ).required(),
  requestPolicy: ref(
    CapacityRequestPolicy,
    2,
    'How much one request may take. Only with allowMultipleAllocations; any amount up to value when unset.',
  ),
}) {}

export class DeviceCounterConsumption extends message(
  'What a device takes from one shared counter set.',
  {
    counterSet: string(
      1,
      'Name of the counter set, defined in a slice of the same pool.',
    ).required(),
    counters: mapOf(Counter, 2, 'Amount taken from each counter. At most 32.').requiredDropped(),
  },
) {}

export class DeviceTaint extends message('Keeps claims off a device unless they tolerate it.', {
  key: string(1, 'Key of the taint, a label name.').required(),
  value: string(2, 'Value of the taint, a label value.'),
  effect: string(
    3,
    'None only informs, NoSchedule stops new allocations, NoExecute also evicts running Pods.',
  )
    .oneOf('None', 'NoSchedule', 'NoExecute')
    .required(),
  timeAdded: time(
    4,
    'When the taint was added. Filled in on creation or update when unset.',
  ).pointer(),
}) {}

export class NodeAllocatableResourceMapping extends message(
  'How allocating a device uses up a node resource.',
  {
    capacityKey: string(
      1,
      'Capacity of the device whose allocated amount is charged. When unset, the charge is per device.',
    ).pointer(),
    allocationMultiplier: quantity(
      2,
      'Factor from the capacity, or from each device, to the amount of the node resource used.',
    ).pointer(),
  },
) {}

export class Device extends message('One device that a driver offers, with its properties.', {
  name: string(1, 'Name of the device, unique in its pool. A DNS label.').required(),
  attributes: mapOf(DeviceAttribute, 2, 'Properties of the device by name, usable in selectors.'),
  capacity: mapOf(DeviceCapacity, 3, 'Amounts the device has to offer, by name.'),
  consumesCounters: listOf(
    DeviceCounterConsumption,
    4,
    'What the device takes from shared counters when allocated. At most 2 sets.',
  ).atomic(),
  nodeName: string(
    5,
    'The one node that can use the device. Only with perDeviceNodeSelection.',
  ).pointer(),
  nodeSelector: ref(
    NodeSelector,
    6,
    'Nodes that can use the device. Only with perDeviceNodeSelection.',
  ),
  allNodes: bool(
    7,
    'When true, every node can use the device. Only with perDeviceNodeSelection.',
  ).pointer(),
  taints: listOf(
    DeviceTaint,
    8,
    'Taints that keep claims without a matching toleration off the device. At most 16.',
  ).atomic(),
  bindsToNode: bool(
    9,
    'When true, an allocation is limited to the node chosen for the Pod. Defaults to false.',
  ).pointer(),
  bindingConditions: listOf(
    'string',
    10,
    'Conditions that must all be True before a Pod is bound. At most 4.',
  ).atomic(),
  bindingFailureConditions: listOf(
    'string',
    11,
    'Conditions of which any being True makes binding fail and allocation start over. At most 4.',
  ).atomic(),
  allowMultipleAllocations: bool(
    12,
    'Whether several requests may share the device, within its capacity. Defaults to false.',
  ).pointer(),
  nodeAllocatableResourceMappings: mapOf(
    NodeAllocatableResourceMapping,
    13,
    'Which node resources, such as cpu or memory, an allocation of the device uses up.',
  ),
}) {}

export class ResourcePool extends message('The pool that a ResourceSlice belongs to.', {
  name: string(1, 'Name of the pool, often that of its node. Unique per driver.').required(),
  generation: int64(
    2,
    'Version of the pool contents. Slices with a lower number than the newest are out of date.',
  ).required(),
  resourceSliceCount: int64(
    3,
    'How many slices make up the pool at this generation. The pool is incomplete until all are seen.',
  ).required(),
}) {}

export class ResourceSliceSpec extends message(
  'What a ResourceSlice offers. Set exactly one of nodeName, nodeSelector, allNodes and perDeviceNodeSelection.',
  {
    driver: string(1, 'Name of the DRA driver. Cannot be changed.').required(),
    pool: ref(ResourcePool, 2, 'The pool that this slice is part of.').required(),
    nodeName: string(3, 'The one node that provides the devices. Cannot be changed.').pointer(),
    nodeSelector: ref(NodeSelector, 4, 'Nodes that can use the devices.'),
    allNodes: bool(5, 'When true, every node can use the devices.').pointer(),
    devices: listOf(
      Device,
      6,
      'The devices offered. At most 128, or 64 with taints or counters. Excludes sharedCounters.',
    ).atomic(),
    perDeviceNodeSelection: bool(
      7,
      'When true, each device says for itself which nodes can use it.',
    ).pointer(),
    sharedCounters: listOf(
      CounterSet,
      8,
      'Counter sets that devices of the pool draw on. At most 8. Excludes devices.',
    ).atomic(),
  },
) {}

export class ResourceSlice extends resource(
  'A part of a pool of devices that a DRA driver offers.',
  { plural: 'resourceslices', namespaced: false },
  {
    spec: ref(
      ResourceSliceSpec,
      2,
      'The devices offered, or the counters they share, and who can use them.',
    ).required(),
  },
) {}
