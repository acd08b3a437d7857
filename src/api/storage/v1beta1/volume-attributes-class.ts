import { mapOf, string } from '../../../schema/field.ts'
import { resource } from './group.ts'
import { VolumeAttributesClass as StoredVolumeAttributesClass } from '../v1/volume-attributes-class.ts'

export class VolumeAttributesClass extends resource(
  'A set of volume settings that claims can switch to while in use.',
  {
    plural: 'volumeattributesclasses',
    shortNames: ['vac'],
    namespaced: false,
    storedAs: () => StoredVolumeAttributesClass,
  },
  {
    driverName: string(
      2,
      'Name of the CSI driver that applies the settings. Cannot be changed.',
    ).required(),
    parameters: mapOf(
      'string',
      3,
      'Settings handed to the driver. At most 512; cannot be changed.',
    ),
  },
) {}
