import {
  bool,
  int64,
  listOf,
  mapOf,
  rawExtension,
  ref,
  string,
  time,
} from '../../../schema/field.ts'
import { message } from './group.ts'

export class OpaqueDeviceConfiguration extends message(
  'Settings in a format that only the driver knows.',
  {
    driver: string(1, 'Name of the DRA driver that the settings are for.').required(),
    parameters: rawExtension(
      2,
      'The settings, normally an object with apiVersion and kind. At most 10 KiB.',
    ).requiredDropped(),
  },
) {}

export class DeviceToleration extends message('Lets a claim use devices with a matching taint.', {
  key: string(1, 'Key of the taint to tolerate. Empty, with operator Exists, matches all taints.'),
  operator: string(2, 'Exists matches any value; Equal needs the same value. Defaults to Equal.')
    .oneOf('Exists', 'Equal')
    .default('Equal')
    .told(),
  value: string(3, 'Value of the taint to tolerate. Must be empty with Exists.'),
  effect: string(4, 'Effect to tolerate. All effects when empty.').oneOf(
    'None',
    'NoSchedule',
    'NoExecute',
  ),
  tolerationSeconds: int64(
    5,
    'Seconds a NoExecute taint is tolerated before eviction. For ever when unset.',
  ).pointer(),
}) {}

export class CELDeviceSelector extends message('Picks devices by a CEL expression.', {
  expression: string(
    1,
    'CEL expression yielding true for suitable devices. The device is available as device, with driver, attributes and capacity.',
  ).required(),
}) {}

export class CapacityRequirements extends message(
  'Amounts of device capacity that a request needs.',
  {
    requests: mapOf(
      'quantity',
      1,
      'Amount needed of each capacity. The policy of the device decides on those not named.',
    ),
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

export class DeviceClaimConfiguration extends message(
  'Settings in a claim for the drivers of its devices.',
  {
    requests: listOf('string', 1, 'Names of the requests they apply to. All when empty.').atomic(),
    opaque: ref(OpaqueDeviceConfiguration, 1, 'Settings only the driver understands.').within(2),
  },
) {}

export class DeviceConstraint extends message(
  'A condition that devices of several requests must meet together.',
  {
    requests: listOf('string', 1, 'Names of the requests concerned. All when empty.').atomic(),
    matchAttribute: string(
      2,
      'Fully qualified attribute that must be the same on all devices.',
    ).pointer(),
    distinctAttribute: string(
      3,
      'Fully qualified attribute that must differ on all devices.',
    ).pointer(),
  },
) {}

export class DeviceSelector extends message('Picks devices. Exactly one field must be set.', {
  cel: ref(CELDeviceSelector, 1, 'A CEL expression that the device must satisfy.'),
}) {}

export class DeviceSubRequest extends message('One alternative of a request for devices.', {
  name: string(1, 'Name of the alternative, unique in the request.').required(),
  deviceClassName: string(2, 'Name of the DeviceClass of which devices are wanted.').required(),
  selectors: listOf(DeviceSelector, 3, 'Further conditions that a device must all meet.').atomic(),
  allocationMode: string(
    4,
    'Whether an ExactCount of devices or All matching ones are wanted. Defaults to ExactCount.',
  ).oneOf('ExactCount', 'All'),
  count: int64(5, 'How many devices are wanted. Defaults to 1; only with ExactCount.'),
  tolerations: listOf(
    DeviceToleration,
    6,
    'Device taints that are tolerated. At most 16.',
  ).atomic(),
  capacity: ref(CapacityRequirements, 7, 'Amounts of capacity needed from each device.'),
}) {}

export class ExactDeviceRequest extends message('A request for one kind of device.', {
  deviceClassName: string(1, 'Name of the DeviceClass of which devices are wanted.').required(),
  selectors: listOf(DeviceSelector, 2, 'Further conditions that a device must all meet.').atomic(),
  allocationMode: string(
    3,
    'Whether an ExactCount of devices or All matching ones are wanted. Defaults to ExactCount.',
  ).oneOf('ExactCount', 'All'),
  count: int64(4, 'How many devices are wanted. Defaults to 1; only with ExactCount.'),
  adminAccess: bool(
    5,
    'When true, asks for administrative access even to devices in use. Needs a namespace labelled for it.',
  ).pointer(),
  tolerations: listOf(
    DeviceToleration,
    6,
    'Device taints that are tolerated. At most 16.',
  ).atomic(),
  capacity: ref(CapacityRequirements, 7, 'Amounts of capacity needed from each device.'),
}) {}

export class DeviceRequest extends message(
  'A request for devices. Set one of exactly and firstAvailable.',
  {
    name: string(
      1,
      'Name of the request, unique in the claim. Used by constraints, configuration and containers.',
    ).required(),
    exactly: ref(ExactDeviceRequest, 2, 'The one kind of device wanted.'),
    firstAvailable: listOf(
      DeviceSubRequest,
      3,
      'Alternatives in order of preference; the first that can be satisfied is used. At most 8.',
    ).atomic(),
  },
) {}

export class DeviceClaim extends message(
  'The devices a claim asks for, with constraints and configuration.',
  {
    requests: listOf(DeviceRequest, 1, 'The devices wanted. All requests must be satisfied.')
      .atomic()
      .written(),
    constraints: listOf(
      DeviceConstraint,
      2,
      'Conditions that the chosen devices must meet together.',
    ).atomic(),
    config: listOf(
      DeviceClaimConfiguration,
      3,
      'Settings for the drivers. Ignored in allocation.',
    ).atomic(),
  },
) {}

export class ResourceClaimSpec extends message('What a ResourceClaim asks for.', {
  devices: ref(
    DeviceClaim,
    1,
    'The devices to allocate, and how they are to fit together.',
  ).written(),
}) {}
