import { bool, int32, int64, listOf, mapOf, quantity, ref, string } from '../../../schema/field.ts'
import { ObjectMeta } from '../../meta/v1/object-meta.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { ObjectFieldSelector, ResourceFieldSelector } from './env.ts'
import { PersistentVolumeClaimSpec } from './persistent-volume-claim-spec.ts'
import { KeyToPath, LocalObjectReference, ObjectReference, SecretReference } from './reference.ts'
import { message } from './group.ts'

export class AWSElasticBlockStoreVolumeSource extends message(
  'An AWS EBS disk to attach and mount. Served through the EBS CSI driver.',
  {
    volumeID: string(1, 'ID of the EBS volume in AWS.').required(),
    fsType: string(2, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
    partition: int32(3, 'Number of the partition to mount. 0 or unset mounts the whole disk.'),
    readOnly: bool(4, 'Mounts the volume read-only when true. Defaults to false.'),
  },
) {}

export class AzureDiskVolumeSource extends message(
  'An Azure data disk to attach and mount. Served through the Azure Disk CSI driver.',
  {
    diskName: string(1, 'Name of the data disk in blob storage.').required(),
    diskURI: string(2, 'URI of the data disk in blob storage.').required(),
    cachingMode: string(
      3,
      'Host caching for the disk: None, ReadOnly or ReadWrite. Defaults to ReadWrite.',
    )
      .oneOf('None', 'ReadOnly', 'ReadWrite')
      .pointer()
      .default('ReadWrite')
      .told(),
    fsType: string(4, 'Filesystem to mount, such as ext4 or ntfs. Defaults to ext4.')
      .pointer()
      .default('ext4')
      .told(),
    readOnly: bool(5, 'Mounts the volume read-only when true. Defaults to false.')
      .pointer()
      .default(false)
      .told(),
    kind: string(
      6,
      'How the disk is stored: Shared or Dedicated blob account, or Managed disk. Defaults to Shared.',
    )
      .oneOf('Shared', 'Dedicated', 'Managed')
      .pointer()
      .default('Shared')
      .told(),
  },
) {}

export class AzureFilePersistentVolumeSource extends message(
  'An Azure Files share that backs a PersistentVolume.',
  {
    secretName: string(
      1,
      'Name of the Secret that holds the storage account name and key.',
    ).required(),
    shareName: string(2, 'Name of the Azure Files share.').required(),
    readOnly: bool(3, 'Mounts the share read-only when true. Defaults to false.'),
    secretNamespace: string(
      4,
      'Namespace of the Secret. Defaults to the namespace of the Pod that uses the volume.',
    ).pointer(),
  },
) {}

export class AzureFileVolumeSource extends message(
  'An Azure Files share mounted straight into a Pod.',
  {
    secretName: string(
      1,
      'Name of the Secret, in the namespace of the Pod, with the storage account name and key.',
    ).required(),
    shareName: string(2, 'Name of the Azure Files share.').required(),
    readOnly: bool(3, 'Mounts the share read-only when true. Defaults to false.'),
  },
) {}

export class CSIPersistentVolumeSource extends message(
  'Storage provided by a CSI driver that backs a PersistentVolume.',
  {
    driver: string(1, 'Name of the CSI driver that serves the volume.').required(),
    volumeHandle: string(
      2,
      'ID the CSI driver gave the volume; passed to every later call about it.',
    ).required(),
    readOnly: bool(3, 'Whether the driver publishes the volume read-only. Defaults to false.'),
    fsType: string(4, 'Filesystem to mount, such as ext4 or xfs. When unset the driver decides.'),
    volumeAttributes: mapOf(
      'string',
      5,
      'Driver-specific properties of the volume, passed on to the CSI driver.',
    ),
    controllerPublishSecretRef: ref(
      SecretReference,
      6,
      'Secret given to the driver for ControllerPublishVolume and ControllerUnpublishVolume calls.',
    ),
    nodeStageSecretRef: ref(
      SecretReference,
      7,
      'Secret given to the driver for NodeStageVolume calls.',
    ),
    nodePublishSecretRef: ref(
      SecretReference,
      8,
      'Secret given to the driver for NodePublishVolume calls.',
    ),
    controllerExpandSecretRef: ref(
      SecretReference,
      9,
      'Secret given to the driver for ControllerExpandVolume calls.',
    ),
    nodeExpandSecretRef: ref(
      SecretReference,
      10,
      'Secret given to the driver for NodeExpandVolume calls.',
    ),
  },
) {}

export class CSIVolumeSource extends message(
  'An inline ephemeral volume served by a CSI driver and tied to the Pod.',
  {
    driver: string(1, 'Name of the CSI driver that serves the volume.').required(),
    readOnly: bool(2, 'Mounts the volume read-only when true. Defaults to false.').pointer(),
    fsType: string(
      3,
      'Filesystem to mount, such as ext4 or xfs. When unset the driver decides.',
    ).pointer(),
    volumeAttributes: mapOf(
      'string',
      4,
      'Driver-specific properties of the volume; see the documentation of the driver.',
    ),
    nodePublishSecretRef: ref(
      LocalObjectReference,
      5,
      'Secret, in the namespace of the Pod, given to the driver when it publishes the volume.',
    ),
  },
) {}

export class CephFSPersistentVolumeSource extends message(
  'A CephFS mount that backs a PersistentVolume. The in-tree driver has been removed.',
  {
    monitors: listOf('string', 1, 'Addresses of the Ceph monitors, as host or host:port.')
      .atomic()
      .required(),
    path: string(2, 'Directory of the Ceph tree to mount. Defaults to /.'),
    user: string(3, 'RADOS user name. Defaults to admin.'),
    secretFile: string(
      4,
      'Path of the key file of the user on the node. Defaults to /etc/ceph/user.secret.',
    ),
    secretRef: ref(
      SecretReference,
      5,
      'Secret with the credentials of the user; takes precedence over secretFile.',
    ),
    readOnly: bool(6, 'Mounts the volume read-only when true. Defaults to false.'),
  },
) {}

export class CephFSVolumeSource extends message(
  'A CephFS mount used directly by a Pod. The in-tree driver has been removed.',
  {
    monitors: listOf('string', 1, 'Addresses of the Ceph monitors, as host or host:port.')
      .atomic()
      .required(),
    path: string(2, 'Directory of the Ceph tree to mount. Defaults to /.'),
    user: string(3, 'RADOS user name. Defaults to admin.'),
    secretFile: string(
      4,
      'Path of the key file of the user on the node. Defaults to /etc/ceph/user.secret.',
    ),
    secretRef: ref(
      LocalObjectReference,
      5,
      'Secret, in the namespace of the Pod, with the credentials of the user; takes precedence over secretFile.',
    ),
    readOnly: bool(6, 'Mounts the volume read-only when true. Defaults to false.'),
  },
) {}

export class CinderPersistentVolumeSource extends message(
  'An OpenStack Cinder disk that backs a PersistentVolume. Served through the Cinder CSI driver.',
  {
    volumeID: string(1, 'ID that OpenStack Cinder gave the volume.').required(),
    fsType: string(2, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
    readOnly: bool(3, 'Mounts the volume read-only when true. Defaults to false.'),
    secretRef: ref(SecretReference, 4, 'Secret with the parameters for connecting to OpenStack.'),
  },
) {}

export class CinderVolumeSource extends message(
  'An OpenStack Cinder disk used directly by a Pod. Served through the Cinder CSI driver.',
  {
    volumeID: string(1, 'ID that OpenStack Cinder gave the volume.').required(),
    fsType: string(2, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
    readOnly: bool(3, 'Mounts the volume read-only when true. Defaults to false.'),
    secretRef: ref(
      LocalObjectReference,
      4,
      'Secret, in the namespace of the Pod, with the parameters for connecting to OpenStack.',
    ),
  },
) {}

export class ClusterTrustBundleProjection extends message(
  'Writes trust anchors from ClusterTrustBundles into a projected volume as a PEM file.',
  {
    name: string(
      1,
      'Name of a single ClusterTrustBundle. Excludes signerName and labelSelector.',
    ).pointer(),
    signerName: string(
      2,
      'Uses all ClusterTrustBundles of this signer that match labelSelector. Excludes name.',
    ).pointer(),
    labelSelector: ref(
      LabelSelector,
      3,
      'Narrows the bundles of signerName. Unset matches none; empty matches all.',
    ),
    optional: bool(
      5,
      'Lets the Pod start when no bundle is found, with an empty file. Defaults to false.',
    ).pointer(),
    path: string(4, 'Path of the PEM file, relative to the root of the volume.').required(),
  },
) {}

export class ConfigMapProjection extends message(
  'Writes the entries of a ConfigMap into a projected volume.',
  {
    name: string(1, 'Name of the ConfigMap, in the namespace of the Pod.')
      .default('')
      .told()
      .within(1),
    items: listOf(
      KeyToPath,
      2,
      'Which keys to write and to which paths. When unset, every key becomes a file of that name.',
    ).atomic(),
    optional: bool(4, 'Tolerates a missing ConfigMap or key. Defaults to false.').pointer(),
  },
) {}

export class ConfigMapVolumeSource extends message(
  'A volume whose files are the entries of a ConfigMap.',
  {
    name: string(1, 'Name of the ConfigMap, in the namespace of the Pod.')
      .default('')
      .told()
      .within(1),
    items: listOf(
      KeyToPath,
      2,
      'Which keys to write and to which paths. When unset, every key becomes a file of that name.',
    ).atomic(),
    defaultMode: int32(
      3,
      'Permission bits of the files, 0 to 0777 octal. Defaults to 0644. An item mode overrides it.',
    )
      .pointer()
      .default(420),
    optional: bool(4, 'Tolerates a missing ConfigMap or key. Defaults to false.').pointer(),
  },
) {}

export class DownwardAPIVolumeFile extends message(
  'A file whose content is a field of the Pod or a resource of a container.',
  {
    path: string(
      1,
      'Path of the file, relative to the volume. Must not be absolute or contain a .. element.',
    ).required(),
    fieldRef: ref(
      ObjectFieldSelector,
      2,
      'Field of the Pod to write: annotations, labels, name, namespace or uid.',
    ),
    resourceFieldRef: ref(
      ResourceFieldSelector,
      3,
      'CPU or memory request or limit of a container to write.',
    ),
    mode: int32(
      4,
      'Permission bits of the file, 0 to 0777 octal. Defaults to defaultMode of the volume.',
    ).pointer(),
  },
) {}

export class DownwardAPIProjection extends message(
  'Writes fields of the Pod into a projected volume.',
  {
    items: listOf(
      DownwardAPIVolumeFile,
      1,
      'Files to write, each from one field of the Pod.',
    ).atomic(),
  },
) {}

export class DownwardAPIVolumeSource extends message(
  'A volume whose files show fields of the Pod.',
  {
    items: listOf(
      DownwardAPIVolumeFile,
      1,
      'Files to write, each from one field of the Pod.',
    ).atomic(),
    defaultMode: int32(
      2,
      'Permission bits of the files, 0 to 0777 octal. Defaults to 0644. An item mode overrides it.',
    )
      .pointer()
      .default(420),
  },
) {}

export class EmptyDirVolumeSource extends message(
  'An empty directory that lives as long as the Pod stays on its node.',
  {
    medium: string(
      1,
      'What backs the directory: node storage when empty, Memory for tmpfs, or huge pages.',
    ),
    sizeLimit: quantity(
      2,
      'Most space the volume may use; the Pod is evicted beyond it. Unset means no limit.',
    ).pointer(),
  },
) {}

export class PersistentVolumeClaimTemplate extends message(
  'Template from which the claim of an ephemeral volume is made.',
  {
    metadata: ref(
      ObjectMeta,
      1,
      'Labels and annotations that what is made from the template gets.',
    ).written(),
    spec: ref(PersistentVolumeClaimSpec, 2, 'Spec copied unchanged into the claim.').required(),
  },
) {}

export class EphemeralVolumeSource extends message(
  'A volume backed by a PersistentVolumeClaim that is created and deleted with the Pod.',
  {
    volumeClaimTemplate: ref(
      PersistentVolumeClaimTemplate,
      1,
      'The claim to create for the Pod, named <pod name>-<volume name>. Cannot change.',
    ),
  },
) {}

export class FCVolumeSource extends message(
  'A Fibre Channel disk. Set wwids, or targetWWNs together with lun.',
  {
    targetWWNs: listOf('string', 1, 'World wide names of the FC targets.').atomic(),
    lun: int32(2, 'Number of the logical unit on the target.').pointer(),
    fsType: string(3, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
    readOnly: bool(4, 'Mounts the volume read-only when true. Defaults to false.'),
    wwids: listOf(
      'string',
      5,
      'World wide identifiers of the volume. Used instead of targetWWNs and lun.',
    ).atomic(),
  },
) {}

export class FlexPersistentVolumeSource extends message(
  'A volume of an exec-based FlexVolume driver that backs a PersistentVolume.',
  {
    driver: string(1, 'Name of the FlexVolume driver that mounts the volume.').required(),
    fsType: string(
      2,
      'Filesystem to mount, such as ext4 or xfs. The default depends on the driver script.',
    ),
    secretRef: ref(SecretReference, 3, 'Secret whose entries are passed to the driver scripts.'),
    readOnly: bool(4, 'Mounts the volume read-only when true. Defaults to false.'),
    options: mapOf('string', 5, 'Extra options for the driver, by name.'),
  },
) {}

export class FlexVolumeSource extends message(
  'A volume of an exec-based FlexVolume driver, used directly by a Pod.',
  {
    driver: string(1, 'Name of the FlexVolume driver that mounts the volume.').required(),
    fsType: string(
      2,
      'Filesystem to mount, such as ext4 or xfs. The default depends on the driver script.',
    ),
    secretRef: ref(
      LocalObjectReference,
      3,
      'Secret, in the namespace of the Pod, whose entries are passed to the driver scripts.',
    ),
    readOnly: bool(4, 'Mounts the volume read-only when true. Defaults to false.'),
    options: mapOf('string', 5, 'Extra options for the driver, by name.'),
  },
) {}

export class FlockerVolumeSource extends message(
  'A Flocker dataset. The driver has been removed. Set exactly one field.',
  {
    datasetName: string(
      1,
      'Name of the dataset, stored as its metadata. Deprecated in favour of datasetUUID.',
    ),
    datasetUUID: string(2, 'UUID of the Flocker dataset to mount.'),
  },
) {}

export class GCEPersistentDiskVolumeSource extends message(
  'A Google Compute Engine disk to attach and mount. Served through the PD CSI driver.',
  {
    pdName: string(1, 'Name of the persistent disk in GCE.').required(),
    fsType: string(2, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
    partition: int32(3, 'Number of the partition to mount. 0 or unset mounts the whole disk.'),
    readOnly: bool(4, 'Attaches and mounts the disk read-only when true. Defaults to false.'),
  },
) {}

export class GitRepoVolumeSource extends message(
  'A directory cloned from a git repository. Deprecated; clone into an emptyDir from an init container.',
  {
    repository: string(1, 'URL of the Git repository to clone.').required(),
    revision: string(2, 'Commit, branch or tag to check out. Unset uses the default branch.'),
    directory: string(
      3,
      'Directory to clone into; . clones into the volume root. Must not contain a .. element.',
    ),
  },
) {}

export class GlusterfsPersistentVolumeSource extends message(
  'A GlusterFS mount that backs a PersistentVolume. The in-tree driver has been removed.',
  {
    endpoints: string(1, 'Name of the Endpoints object with the Gluster servers.').required(),
    path: string(2, 'Name of the Gluster volume to mount.').required(),
    readOnly: bool(3, 'Mounts the volume read-only when true. Defaults to false.'),
    endpointsNamespace: string(
      4,
      'Namespace of the Endpoints object. Defaults to that of the bound claim.',
    ).pointer(),
  },
) {}

export class GlusterfsVolumeSource extends message(
  'A GlusterFS mount used directly by a Pod. The in-tree driver has been removed.',
  {
    endpoints: string(1, 'Name of the Endpoints object with the Gluster servers.').required(),
    path: string(2, 'Name of the Gluster volume to mount.').required(),
    readOnly: bool(3, 'Mounts the volume read-only when true. Defaults to false.'),
  },
) {}

export class HostPathVolumeSource extends message(
  'A file or directory of the node made visible in the Pod.',
  {
    path: string(1, 'Path on the node. A symbolic link is followed.').required(),
    type: string(
      2,
      'What must be there, and whether it is created. Defaults to empty, which checks nothing.',
    )
      .oneOf(
        '',
        'DirectoryOrCreate',
        'Directory',
        'FileOrCreate',
        'File',
        'Socket',
        'CharDevice',
        'BlockDevice',
      )
      .pointer()
      .default(''),
  },
) {}

export class ISCSIPersistentVolumeSource extends message(
  'An iSCSI disk that backs a PersistentVolume.',
  {
    targetPortal: string(
      1,
      'Address of the target, IP or IP:port. The default port is 3260.',
    ).required(),
    iqn: string(2, 'Qualified name (IQN) of the target.').required(),
    lun: int32(3, 'Number of the logical unit on the target.').required(),
    iscsiInterface: string(
      4,
      'Name of the iSCSI interface, which selects the transport. Defaults to default (tcp).',
    )
      .default('default')
      .told(),
    fsType: string(5, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
    readOnly: bool(6, 'Mounts the volume read-only when true. Defaults to false.'),
    portals: listOf(
      'string',
      7,
      'More portals for multipath access, each an IP or IP:port.',
    ).atomic(),
    chapAuthDiscovery: bool(8, 'Whether discovery authenticates with CHAP. Defaults to false.'),
    chapAuthSession: bool(11, 'Whether sessions authenticate with CHAP. Defaults to false.'),
    secretRef: ref(
      SecretReference,
      10,
      'Secret with the CHAP credentials of target and initiator.',
    ),
    initiatorName: string(
      12,
      'Initiator name to use. Setting it creates a separate iSCSI interface for the volume.',
    ).pointer(),
  },
) {}

export class ISCSIVolumeSource extends message('An iSCSI disk used directly by a Pod.', {
  targetPortal: string(
    1,
    'Address of the target, IP or IP:port. The default port is 3260.',
  ).required(),
  iqn: string(2, 'Qualified name (IQN) of the target.').required(),
  lun: int32(3, 'Number of the logical unit on the target.').required(),
  iscsiInterface: string(
    4,
    'Name of the iSCSI interface, which selects the transport. Defaults to default (tcp).',
  )
    .default('default')
    .told(),
  fsType: string(5, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
  readOnly: bool(6, 'Mounts the volume read-only when true. Defaults to false.'),
  portals: listOf(
    'string',
    7,
    'More portals for multipath access, each an IP or IP:port.',
  ).atomic(),
  chapAuthDiscovery: bool(8, 'Whether discovery authenticates with CHAP. Defaults to false.'),
  chapAuthSession: bool(11, 'Whether sessions authenticate with CHAP. Defaults to false.'),
  secretRef: ref(
    LocalObjectReference,
    10,
    'Secret, in the namespace of the Pod, with the CHAP credentials of target and initiator.',
  ),
  initiatorName: string(
    12,
    'Initiator name to use. Setting it creates a separate iSCSI interface for the volume.',
  ).pointer(),
}) {}

export class ImageVolumeSource extends message(
  'An OCI image or artifact mounted read-only as a volume.',
  {
    reference: string(
      1,
      'Image or artifact to mount, in the same form as the image of a container.',
    ),
    pullPolicy: string(
      2,
      'When to pull the image. Defaults to Always for the :latest tag, otherwise IfNotPresent.',
    ).oneOf('Always', 'Never', 'IfNotPresent'),
  },
) {}

export class LocalVolumeSource extends message(
  'A disk, partition or directory attached to one node. The volume needs nodeAffinity.',
  {
    path: string(1, 'Path on the node to the directory or block device.').required(),
    fsType: string(
      2,
      'Filesystem to put on a block device, such as ext4. Unset picks one automatically.',
    ).pointer(),
  },
) {}

export class NFSVolumeSource extends message('A directory mounted from an NFS server.', {
  server: string(1, 'Hostname or IP address of the NFS server.').required(),
  path: string(2, 'Path exported by the NFS server.').required(),
  readOnly: bool(3, 'Mounts the export read-only when true. Defaults to false.'),
}) {}

export class PhotonPersistentDiskVolumeSource extends message(
  'A Photon Controller disk. The driver has been removed.',
  {
    pdID: string(1, 'ID of the disk in Photon Controller.').required(),
    fsType: string(2, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
  },
) {}

export class PortworxVolumeSource extends message(
  'A Portworx volume to attach and mount. Served through the Portworx CSI driver.',
  {
    volumeID: string(1, 'ID that Portworx gave the volume.').required(),
    fsType: string(2, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
    readOnly: bool(3, 'Mounts the volume read-only when true. Defaults to false.'),
  },
) {}

export class QuobyteVolumeSource extends message('A Quobyte volume. The driver has been removed.', {
  registry: string(1, 'Quobyte registries as host:port, separated by commas.').required(),
  volume: string(2, 'Name of an existing Quobyte volume to mount.').required(),
  readOnly: bool(3, 'Mounts the volume read-only when true. Defaults to false.'),
  user: string(4, 'User the volume is mounted as. Defaults to the service account user.'),
  group: string(5, 'Group the volume is mounted as. Unset means none.'),
  tenant: string(6, 'Tenant that owns the volume. Set by the provisioner.'),
}) {}

export class RBDPersistentVolumeSource extends message(
  'A Ceph RBD image that backs a PersistentVolume. The in-tree driver has been removed.',
  {
    monitors: listOf('string', 1, 'Addresses of the Ceph monitors, as host or host:port.')
      .atomic()
      .required(),
    image: string(2, 'Name of the image in the Ceph pool.').required(),
    fsType: string(3, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
    pool: string(4, 'RADOS pool of the image. Defaults to rbd.').default('rbd').told(),
    user: string(5, 'RADOS user name. Defaults to admin.').default('admin').told(),
    keyring: string(
      6,
      'Path of the key ring of the user on the node. Defaults to /etc/ceph/keyring.',
    )
      .default('/etc/ceph/keyring')
      .told(),
    secretRef: ref(
      SecretReference,
      7,
      'Secret with the credentials of the user; takes precedence over keyring.',
    ),
    readOnly: bool(8, 'Mounts the volume read-only when true. Defaults to false.'),
  },
) {}

export class ScaleIOPersistentVolumeSource extends message(
  'A ScaleIO volume that backs a PersistentVolume. The driver has been removed.',
  {
    gateway: string(1, 'Address of the ScaleIO API gateway.').required(),
    system: string(2, 'Name of the storage system in ScaleIO.').required(),
    secretRef: ref(
      SecretReference,
      3,
      'Secret with the ScaleIO user and password; without it login fails.',
    ).requiredPointer(),
    sslEnabled: bool(4, 'Whether to talk to the gateway over TLS. Defaults to false.'),
    protectionDomain: string(5, 'Name of the ScaleIO protection domain that has the storage.'),
    storagePool: string(6, 'Storage pool of the protection domain.'),
    storageMode: string(7, 'ThickProvisioned or ThinProvisioned. Defaults to ThinProvisioned.')
      .default('ThinProvisioned')
      .told(),
    volumeName: string(8, 'Name of an existing volume in ScaleIO.'),
    fsType: string(9, 'Filesystem to mount, such as ext4 or xfs. Defaults to xfs.')
      .default('xfs')
      .told(),
    readOnly: bool(10, 'Mounts the volume read-only when true. Defaults to false.'),
  },
) {}

export class StorageOSPersistentVolumeSource extends message(
  'A StorageOS volume that backs a PersistentVolume. The driver has been removed.',
  {
    volumeName: string(1, 'Name of the volume, unique in its StorageOS namespace.'),
    volumeNamespace: string(
      2,
      'StorageOS namespace of the volume. Unset uses the namespace of the Pod.',
    ),
    fsType: string(3, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
    readOnly: bool(4, 'Mounts the volume read-only when true. Defaults to false.'),
    secretRef: ref(
      ObjectReference,
      5,
      'Secret with the credentials for the StorageOS API. Unset tries default values.',
    ),
  },
) {}

export class VsphereVirtualDiskVolumeSource extends message(
  'A vSphere virtual disk to attach and mount. Served through the vSphere CSI driver.',
  {
    volumePath: string(1, 'Path of the VMDK file in the datastore.').required(),
    fsType: string(2, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
    storagePolicyName: string(3, 'Name of the Storage Policy Based Management profile.'),
    storagePolicyID: string(4, 'ID of the profile named by storagePolicyName.'),
  },
) {}

export class PersistentVolumeClaimVolumeSource extends message(
  'Uses the volume bound to a claim in the namespace of the Pod.',
  {
    claimName: string(1, 'Name of a PersistentVolumeClaim in the namespace of the Pod.').required(),
    readOnly: bool(2, 'Forces all mounts of the volume read-only when true. Defaults to false.'),
  },
) {}

export class PersistentVolumeSource extends message(
  'Where the storage of a PersistentVolume comes from. Set exactly one.',
  {
    gcePersistentDisk: ref(
      GCEPersistentDiskVolumeSource,
      1,
      'Disk of Google Compute Engine. Deprecated: redirected to pd.csi.storage.gke.io.',
    ).deprecated(),
    awsElasticBlockStore: ref(
      AWSElasticBlockStoreVolumeSource,
      2,
      'AWS EBS disk. Deprecated: redirected to ebs.csi.aws.com.',
    ).deprecated(),
    hostPath: ref(HostPathVolumeSource, 3, 'Directory of the node. For single-node tests only.'),
    glusterfs: ref(
      GlusterfsPersistentVolumeSource,
      4,
      'GlusterFS volume. Deprecated: the driver has been removed.',
    ).deprecated(),
    nfs: ref(NFSVolumeSource, 5, 'Directory exported by an NFS server.'),
    rbd: ref(
      RBDPersistentVolumeSource,
      6,
      'Ceph RBD image. Deprecated: the in-tree driver has been removed.',
    ).deprecated(),
    iscsi: ref(ISCSIPersistentVolumeSource, 7, 'A disk that an iSCSI target offers.'),
    cinder: ref(
      CinderPersistentVolumeSource,
      8,
      'OpenStack Cinder disk. Deprecated: redirected to cinder.csi.openstack.org.',
    ).deprecated(),
    cephfs: ref(
      CephFSPersistentVolumeSource,
      9,
      'CephFS mount. Deprecated: the in-tree driver has been removed.',
    ).deprecated(),
    fc: ref(FCVolumeSource, 10, 'A Fibre Channel disk, which the nodes can reach.'),
    flocker: ref(
      FlockerVolumeSource,
      11,
      'Flocker dataset. Deprecated: the driver has been removed.',
    ).deprecated(),
    flexVolume: ref(
      FlexPersistentVolumeSource,
      12,
      'Volume of an exec-based FlexVolume driver. Deprecated: use a CSI driver.',
    ).deprecated(),
    azureFile: ref(
      AzureFilePersistentVolumeSource,
      13,
      'Azure Files share. Deprecated: redirected to file.csi.azure.com.',
    ).deprecated(),
    vsphereVolume: ref(
      VsphereVirtualDiskVolumeSource,
      14,
      'vSphere virtual disk. Deprecated: redirected to csi.vsphere.vmware.com.',
    ).deprecated(),
    quobyte: ref(
      QuobyteVolumeSource,
      15,
      'Quobyte volume. Deprecated: the driver has been removed.',
    ).deprecated(),
    azureDisk: ref(
      AzureDiskVolumeSource,
      16,
      'Azure data disk. Deprecated: redirected to disk.csi.azure.com.',
    ).deprecated(),
    photonPersistentDisk: ref(
      PhotonPersistentDiskVolumeSource,
      17,
      'Photon Controller disk. Deprecated: the driver has been removed.',
    ).deprecated(),
    portworxVolume: ref(
      PortworxVolumeSource,
      18,
      'Portworx volume. Deprecated: redirected to pxd.portworx.com.',
    ).deprecated(),
    scaleIO: ref(
      ScaleIOPersistentVolumeSource,
      19,
      'ScaleIO volume. Deprecated: the driver has been removed.',
    ).deprecated(),
    local: ref(LocalVolumeSource, 20, 'Local disk or directory of one node.'),
    storageos: ref(
      StorageOSPersistentVolumeSource,
      21,
      'StorageOS volume. Deprecated: the driver has been removed.',
    ).deprecated(),
    csi: ref(CSIPersistentVolumeSource, 22, 'Volume of an external CSI driver.'),
  },
) {}

export class PodCertificateProjection extends message(
  'Writes a private key and a certificate issued for the Pod into a projected volume.',
  {
    signerName: string(1, 'Signer that is to issue the certificate.').requiredDropped(),
    keyType: string(
      2,
      'Kind of key to make: RSA3072, RSA4096, ECDSAP256, ECDSAP384, ECDSAP521 or ED25519.',
    ).requiredDropped(),
    maxExpirationSeconds: int32(
      3,
      'Longest certificate lifetime, in seconds, 3600 to 7862400. Defaults to 86400 (1 day).',
    ).pointer(),
    credentialBundlePath: string(
      4,
      'Path of one PEM file with the key followed by the certificate chain. Preferred.',
    ),
    keyPath: string(
      5,
      'Path of the private key file. Prefer credentialBundlePath, which is updated atomically.',
    ),
    certificateChainPath: string(
      6,
      'Path of the certificate chain file. Prefer credentialBundlePath, which is updated atomically.',
    ),
    userAnnotations: mapOf(
      'string',
      7,
      'Extra data passed to the signer through the PodCertificateRequest. Keys need a domain prefix.',
    ),
  },
) {}

export class SecretProjection extends message(
  'Writes the entries of a Secret into a projected volume.',
  {
    name: string(1, 'Name of the Secret, in the namespace of the Pod.')
      .default('')
      .told()
      .within(1),
    items: listOf(
      KeyToPath,
      2,
      'Which keys to write and to which paths. When unset, every key becomes a file of that name.',
    ).atomic(),
    optional: bool(4, 'Tolerates a missing Secret or key. Defaults to false.').pointer(),
  },
) {}

export class ServiceAccountTokenProjection extends message(
  'Writes a bound ServiceAccount token into a projected volume.',
  {
    audience: string(1, 'Intended recipient of the token. Defaults to the API server.'),
    expirationSeconds: int64(
      2,
      'Wanted lifetime in seconds, at least 600; renewed before the end. Defaults to 3600 (1 hour).',
    )
      .pointer()
      .default(3600),
    path: string(3, 'Path of the token file, relative to the root of the volume.').required(),
  },
) {}

export class VolumeProjection extends message(
  'One source of a projected volume. Set exactly one.',
  {
    secret: ref(SecretProjection, 1, 'Keys of a Secret, each as a file.'),
    downwardAPI: ref(
      DownwardAPIProjection,
      2,
      'Fields of the Pod and resources of its containers, each as a file.',
    ),
    configMap: ref(ConfigMapProjection, 3, 'Keys of a ConfigMap, each as a file.'),
    serviceAccountToken: ref(
      ServiceAccountTokenProjection,
      4,
      'A bound ServiceAccount token, renewed as needed.',
    ),
    clusterTrustBundle: ref(
      ClusterTrustBundleProjection,
      5,
      'Trust anchors from ClusterTrustBundles, as a PEM file kept up to date.',
    ),
    podCertificate: ref(
      PodCertificateProjection,
      6,
      'A private key and certificate issued for the Pod, renewed as needed.',
    ),
  },
) {}

export class ProjectedVolumeSource extends message(
  'A volume that joins several sources in one directory.',
  {
    sources: listOf(VolumeProjection, 1, 'Sources to write into the volume.').atomic().written(),
    defaultMode: int32(
      2,
      'Permission bits of the files, 0 to 0777 octal. Defaults to 0644. An item mode overrides it.',
    )
      .pointer()
      .default(420),
  },
) {}

export class RBDVolumeSource extends message(
  'A Ceph RBD image used directly by a Pod. The in-tree driver has been removed.',
  {
    monitors: listOf('string', 1, 'Addresses of the Ceph monitors, as host or host:port.')
      .atomic()
      .required(),
    image: string(2, 'Name of the image in the Ceph pool.').required(),
    fsType: string(3, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
    pool: string(4, 'RADOS pool of the image. Defaults to rbd.').default('rbd').told(),
    user: string(5, 'RADOS user name. Defaults to admin.').default('admin').told(),
    keyring: string(
      6,
      'Path of the key ring of the user on the node. Defaults to /etc/ceph/keyring.',
    )
      .default('/etc/ceph/keyring')
      .told(),
    secretRef: ref(
      LocalObjectReference,
      7,
      'Secret, in the namespace of the Pod, with the credentials of the user; takes precedence over keyring.',
    ),
    readOnly: bool(8, 'Mounts the volume read-only when true. Defaults to false.'),
  },
) {}

export class ScaleIOVolumeSource extends message(
  'A ScaleIO volume used directly by a Pod. The driver has been removed.',
  {
    gateway: string(1, 'Address of the ScaleIO API gateway.').required(),
    system: string(2, 'Name of the storage system in ScaleIO.').required(),
    secretRef: ref(
      LocalObjectReference,
      3,
      'Secret, in the namespace of the Pod, with the ScaleIO user and password.',
    ).requiredPointer(),
    sslEnabled: bool(4, 'Whether to talk to the gateway over TLS. Defaults to false.'),
    protectionDomain: string(5, 'Name of the ScaleIO protection domain that has the storage.'),
    storagePool: string(6, 'Storage pool of the protection domain.'),
    storageMode: string(7, 'ThickProvisioned or ThinProvisioned. Defaults to ThinProvisioned.')
      .default('ThinProvisioned')
      .told(),
    volumeName: string(8, 'Name of an existing volume in ScaleIO.'),
    fsType: string(9, 'Filesystem to mount, such as ext4 or xfs. Defaults to xfs.')
      .default('xfs')
      .told(),
    readOnly: bool(10, 'Mounts the volume read-only when true. Defaults to false.'),
  },
) {}

export class SecretVolumeSource extends message(
  'A volume whose files are the entries of a Secret.',
  {
    secretName: string(1, 'Name of the Secret, in the namespace of the Pod.'),
    items: listOf(
      KeyToPath,
      2,
      'Which keys to write and to which paths. When unset, every key becomes a file of that name.',
    ).atomic(),
    defaultMode: int32(
      3,
      'Permission bits of the files, 0 to 0777 octal. Defaults to 0644. An item mode overrides it.',
    )
      .pointer()
      .default(420),
    optional: bool(4, 'Tolerates a missing Secret or key. Defaults to false.').pointer(),
  },
) {}

export class StorageOSVolumeSource extends message(
  'A StorageOS volume used directly by a Pod. The driver has been removed.',
  {
    volumeName: string(1, 'Name of the volume, unique in its StorageOS namespace.'),
    volumeNamespace: string(
      2,
      'StorageOS namespace of the volume. Unset uses the namespace of the Pod.',
    ),
    fsType: string(3, 'Filesystem to mount, such as ext4 or xfs. Defaults to ext4.'),
    readOnly: bool(4, 'Mounts the volume read-only when true. Defaults to false.'),
    secretRef: ref(
      LocalObjectReference,
      5,
      'Secret, in the namespace of the Pod, with the credentials for the StorageOS API.',
    ),
  },
) {}

export class VolumeSource extends message(
  'Where the files of a volume come from. Set exactly one.',
  {
    hostPath: ref(
      HostPathVolumeSource,
      1,
      'File or directory of the node. Powerful, so best avoided or made read-only.',
    ),
    emptyDir: ref(
      EmptyDirVolumeSource,
      2,
      'Empty directory that lives as long as the Pod stays on its node.',
    ),
    gcePersistentDisk: ref(
      GCEPersistentDiskVolumeSource,
      3,
      'Disk of Google Compute Engine. Deprecated: redirected to pd.csi.storage.gke.io.',
    ).deprecated(),
    awsElasticBlockStore: ref(
      AWSElasticBlockStoreVolumeSource,
      4,
      'AWS EBS disk. Deprecated: redirected to ebs.csi.aws.com.',
    ).deprecated(),
    gitRepo: ref(
      GitRepoVolumeSource,
      5,
      'Directory cloned from a git repository. Deprecated: clone into an emptyDir from an init container.',
    ).deprecated(),
    secret: ref(SecretVolumeSource, 6, 'Files from the entries of a Secret.'),
    nfs: ref(NFSVolumeSource, 7, 'Directory exported by an NFS server.'),
    iscsi: ref(ISCSIVolumeSource, 8, 'A disk that an iSCSI target offers.'),
    glusterfs: ref(
      GlusterfsVolumeSource,
      9,
      'GlusterFS volume. Deprecated: the driver has been removed.',
    ).deprecated(),
    persistentVolumeClaim: ref(
      PersistentVolumeClaimVolumeSource,
      10,
      'Volume bound to a PersistentVolumeClaim in the namespace of the Pod.',
    ),
    rbd: ref(
      RBDVolumeSource,
      11,
      'Ceph RBD image. Deprecated: the in-tree driver has been removed.',
    ).deprecated(),
    flexVolume: ref(
      FlexVolumeSource,
      12,
      'Volume of an exec-based FlexVolume driver. Deprecated: use a CSI driver.',
    ).deprecated(),
    cinder: ref(
      CinderVolumeSource,
      13,
      'OpenStack Cinder disk. Deprecated: redirected to cinder.csi.openstack.org.',
    ).deprecated(),
    cephfs: ref(
      CephFSVolumeSource,
      14,
      'CephFS mount. Deprecated: the in-tree driver has been removed.',
    ).deprecated(),
    flocker: ref(
      FlockerVolumeSource,
      15,
      'Flocker dataset. Deprecated: the driver has been removed.',
    ).deprecated(),
    downwardAPI: ref(DownwardAPIVolumeSource, 16, 'Files that show fields of the Pod.'),
    fc: ref(FCVolumeSource, 17, 'A Fibre Channel disk, which the node can reach.'),
    azureFile: ref(
      AzureFileVolumeSource,
      18,
      'Azure Files share. Deprecated: redirected to file.csi.azure.com.',
    ).deprecated(),
    configMap: ref(ConfigMapVolumeSource, 19, 'Files from the entries of a ConfigMap.'),
    vsphereVolume: ref(
      VsphereVirtualDiskVolumeSource,
      20,
      'vSphere virtual disk. Deprecated: redirected to csi.vsphere.vmware.com.',
    ).deprecated(),
    quobyte: ref(
      QuobyteVolumeSource,
      21,
      'Quobyte volume. Deprecated: the driver has been removed.',
    ).deprecated(),
    azureDisk: ref(
      AzureDiskVolumeSource,
      22,
      'Azure data disk. Deprecated: redirected to disk.csi.azure.com.',
    ).deprecated(),
    photonPersistentDisk: ref(
      PhotonPersistentDiskVolumeSource,
      23,
      'Photon Controller disk. Deprecated: the driver has been removed.',
    ).deprecated(),
    projected: ref(
      ProjectedVolumeSource,
      26,
      'Several sources, such as Secrets and tokens, joined in one directory.',
    ),
    portworxVolume: ref(
      PortworxVolumeSource,
      24,
      'Portworx volume. Deprecated: redirected to pxd.portworx.com.',
    ).deprecated(),
    scaleIO: ref(
      ScaleIOVolumeSource,
      25,
      'ScaleIO volume. Deprecated: the driver has been removed.',
    ).deprecated(),
    storageos: ref(
      StorageOSVolumeSource,
      27,
      'StorageOS volume. Deprecated: the driver has been removed.',
    ).deprecated(),
    csi: ref(CSIVolumeSource, 28, 'Ephemeral volume of an external CSI driver.'),
    ephemeral: ref(
      EphemeralVolumeSource,
      29,
      'Volume from a claim that is created and deleted with the Pod.',
    ),
    image: ref(ImageVolumeSource, 30, 'OCI image or artifact mounted read-only.'),
  },
) {}
