import { VolumeAttachment } from '../../api/storage/v1/volume-attachment.ts'
import { indexBy } from '../../controller-runtime/index.ts'
import { volumeName } from './node-plan.ts'

export const attachmentsByNode = indexBy(VolumeAttachment, 'node', ({ spec }) => [spec.nodeName])

/** By the name of the PersistentVolume. */
export const attachmentsByVolume = indexBy(VolumeAttachment, 'volume', (each) => [volumeName(each)])
