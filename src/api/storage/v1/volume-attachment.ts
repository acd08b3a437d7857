import { bool, int32, mapOf, ref, string, time } from '../../../schema/field.ts'
import { PersistentVolumeSpec } from '../../core/v1/persistent-volume.ts'
import { message, resource } from './group.ts'

export class VolumeAttachmentSource extends message(
  'The volume to attach. Set exactly one of its fields.',
  {
    persistentVolumeName: string(1, 'Name of the PersistentVolume that is attached.').pointer(),
    inlineVolumeSpec: ref(
      PersistentVolumeSpec,
      2,
      'The volume itself, for in-tree inline volumes migrated to CSI.',
    ),
  },
) {}

export class VolumeAttachmentSpec extends message('What to attach to which node.', {
  attacher: string(1, 'Name of the CSI driver that does the work, as it reports it.').required(),
  source: ref(VolumeAttachmentSource, 2, 'Where the volume to attach is described.').required(),
  nodeName: string(3, 'Name of the node that the volume is attached to.').required(),
}) {}

export class VolumeError extends message('An error met while working on a volume.', {
  time: time(1, 'When the attempt went wrong.'),
  message: string(2, 'Text of the error. Must not hold secrets.'),
  errorCode: int32(3, 'gRPC status code of the CSI call, if known.').pointer(),
}) {}

export class VolumeAttachmentStatus extends message('How far an attach or detach has come.', {
  attached: bool(1, 'True once the volume is attached.').required(),
  attachmentMetadata: mapOf('string', 2, 'Data from the attach call that mounting needs.'),
  attachError: ref(VolumeError, 3, 'Last error met while attaching, if any.'),
  detachError: ref(VolumeError, 4, 'Last error met while detaching, if any.'),
}) {}

export class VolumeAttachment extends resource(
  'Asks to attach a volume to a node, and records the outcome.',
  { plural: 'volumeattachments', namespaced: false, subresources: ['status'] },
  {
    spec: ref(
      VolumeAttachmentSpec,
      2,
      'The volume to attach, to which node, and the driver that does it.',
    ).required(),
    status: ref(
      VolumeAttachmentStatus,
      3,
      'Whether the volume is attached. Filled in by the attacher.',
    ).written(),
  },
) {}
