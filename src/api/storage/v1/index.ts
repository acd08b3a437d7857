/** The kinds of this group and version. */
export { CSIDriver } from './csi-driver.ts'
export { CSINode } from './csi-node.ts'
export { CSIStorageCapacity } from './csi-storage-capacity.ts'
export { StorageClass } from './storage-class.ts'
export { VolumeAttachment } from './volume-attachment.ts'
export { VolumeAttributesClass } from './volume-attributes-class.ts'
