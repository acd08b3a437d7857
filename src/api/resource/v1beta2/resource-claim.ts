import { bool, listOf, mapOf, rawExtension, ref, string, time } from '../../../schema/field.ts'
import { NodeSelector } from '../../core/v1/selector.ts'
import { Condition } from '../../meta/v1/common.ts'
import { DeviceToleration, OpaqueDeviceConfiguration, ResourceClaimSpec } from './common.ts'
import { message, resource } from './group.ts'
import { ResourceClaim as StoredResourceClaim } from '../v1/resource-claim.ts'

export class NetworkDeviceData extends message('Network details of an allocated device.', {
  interfaceName: string(1, 'Name of the network interface. At most 256 characters.'),
  ips: listOf(
    'string',
    2,
    'Addresses of the interface in CIDR form, such as 192.0.2.5/24. At most 16.',
  ).atomic(),
  hardwareAddress: string(
    3,
    'Hardware address of the interface, such as a MAC address. At most 128 characters.',
  ),
}) {}

export class AllocatedDeviceStatus extends message(
  'State of one allocated device, as its driver reports it.',
  {
    driver: string(1, 'Name of the DRA driver of the device.').required(),
    pool: string(2, 'Name of the resource pool that holds the device.').required(),
    device: string(3, 'Name of the device within its pool.').required(),
    shareID: string(
      7,
      'Identifies one share of a device that allows several allocations. Unset otherwise.',
    ).pointer(),
    conditions: listOf(Condition, 4, 'Conditions of the device, such as Ready. At most 8.')
      .written()
      .mapKeys('type'),
    data: rawExtension(5, 'Any further data from the driver. At most 10 KiB.').pointer(),
    networkData: ref(NetworkDeviceData, 6, 'Network details, for network devices.'),
  },
) {}

export class DeviceAllocationConfiguration extends message(
  'Configuration that applies to allocated devices.',
  {
    source: string(1, 'Whether it came from the DeviceClass or from the claim.')
      .oneOf('FromClass', 'FromClaim')
      .required(),
    requests: listOf('string', 2, 'Names of the requests it applies to. All when empty.').atomic(),
    opaque: ref(OpaqueDeviceConfiguration, 1, 'Settings only the driver understands.').within(3),
  },
) {}

export class DeviceRequestAllocationResult extends message('One device allocated for a request.', {
  request: string(
    1,
    'Name of the request satisfied, with the chosen alternative as REQUEST/SUBREQUEST.',
  ).required(),
  driver: string(2, 'Name of the DRA driver of the device.').required(),
  pool: string(3, 'Name of the resource pool that holds the device.').required(),
  device: string(4, 'Name of the device within its pool.').required(),
  adminAccess: bool(
    5,
    'True when the device was allocated for administrative access, as asked. Such use does not count as allocated.',
  ).pointer(),
  tolerations: listOf(
    DeviceToleration,
    6,
    'Copy of the tolerations of the request at the time of allocation. At most 16.',
  ).atomic(),
  bindingConditions: listOf(
    'string',
    7,
    'Copy of the binding conditions of the device at the time of allocation.',
  ).atomic(),
  bindingFailureConditions: listOf(
    'string',
    8,
    'Copy of the binding failure conditions of the device at the time of allocation.',
  ).atomic(),
  shareID: string(
    9,
    'Identifies this share of a device that allows several allocations. Unset otherwise.',
  ).pointer(),
  consumedCapacity: mapOf(
    'quantity',
    10,
    'Amount of each capacity taken by this allocation, after rounding. Only for devices that can be shared.',
  ),
}) {}

export class DeviceAllocationResult extends message('The devices allocated to a claim.', {
  results: listOf(
    DeviceRequestAllocationResult,
    1,
    'The allocated devices, with the requests they satisfy.',
  ).atomic(),
  config: listOf(
    DeviceAllocationConfiguration,
    2,
    'Configuration from the class and the claim, for the drivers. Claim entries follow class entries.',
  ).atomic(),
}) {}

export class AllocationResult extends message('What was allocated to a ResourceClaim.', {
  devices: ref(
    DeviceAllocationResult,
    1,
    'The devices allocated and their configuration.',
  ).written(),
  nodeSelector: ref(
    NodeSelector,
    3,
    'Nodes where the allocated devices can be used. All nodes when unset.',
  ),
  allocationTimestamp: time(5, 'When the devices were allocated.').pointer(),
}) {}

export class ResourceClaimConsumerReference extends message(
  'An object, usually a Pod, that uses a ResourceClaim.',
  {
    apiGroup: string(1, 'API group of the object. Empty for the core group.'),
    resource: string(3, 'Resource of the object, such as pods.').required(),
    name: string(4, 'Name of the object that uses the claim.').required(),
    uid: string(5, 'UID of the object that uses the claim.').required(),
  },
) {}

export class ResourceClaimStatus extends message('What a ResourceClaim got, and who uses it.', {
  allocation: ref(AllocationResult, 1, 'The devices allocated. Unset until allocation succeeds.'),
  reservedFor: listOf(
    ResourceClaimConsumerReference,
    2,
    'Who may use the claim now; Pods not listed must not start. At most 256.',
  )
    .mapKeys('uid')
    .patch('merge', 'uid'),
  devices: listOf(
    AllocatedDeviceStatus,
    4,
    'State of each allocated device, as the drivers report it.',
  ).mapKeys('driver', 'device', 'pool', 'shareID'),
}) {}

export class ResourceClaim extends resource(
  'A claim to devices, such as GPUs, which are allocated to it when a Pod that names it is scheduled.',
  {
    plural: 'resourceclaims',
    namespaced: true,
    subresources: ['status'],
    storedAs: () => StoredResourceClaim,
  },
  {
    spec: ref(ResourceClaimSpec, 2, 'The devices wanted. Cannot be changed.').required(),
    status: ref(ResourceClaimStatus, 3, 'What was allocated, and who uses it.').written(),
  },
) {}
