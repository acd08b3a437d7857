import { listOf, ref, string } from '../../../schema/field.ts'
import { DeviceSelector, OpaqueDeviceConfiguration } from './common.ts'
import { message, resource } from './group.ts'

export class DeviceClassConfiguration extends message('Settings in a DeviceClass for a driver.', {
  opaque: ref(OpaqueDeviceConfiguration, 1, 'Settings only the driver understands.').within(1),
}) {}

export class DeviceClassSpec extends message(
  'How devices of a DeviceClass are chosen and configured.',
  {
    selectors: listOf(DeviceSelector, 1, 'Conditions that a device must all meet.').atomic(),
    config: listOf(
      DeviceClassConfiguration,
      2,
      'Settings passed to the driver for each device claimed through this class.',
    ).atomic(),
    extendedResourceName: string(
      4,
      'Extended resource that Pods can request to get devices of this class, such as example.com/gpu.',
    ).pointer(),
  },
) {}

export class DeviceClass extends resource(
  'A kind of device that claims can ask for, set up by an administrator.',
  { plural: 'deviceclasses', namespaced: false },
  {
    spec: ref(
      DeviceClassSpec,
      2,
      'How devices of this class are chosen and configured.',
    ).required(),
  },
) {}
