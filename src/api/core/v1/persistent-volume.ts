import { listOf, mapOf, ref, string, time } from '../../../schema/field.ts'
import { ObjectReference } from './reference.ts'
import { NodeSelector } from './selector.ts'
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  AzureFilePersistentVolumeSource,
  CSIPersistentVolumeSource,
  CephFSPersistentVolumeSource,
  CinderPersistentVolumeSource,
  FCVolumeSource,
  FlexPersistentVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  GlusterfsPersistentVolumeSource,
  HostPathVolumeSource,
  ISCSIPersistentVolumeSource,
  LocalVolumeSource,
  NFSVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  RBDPersistentVolumeSource,
  ScaleIOPersistentVolumeSource,
  StorageOSPersistentVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from './volume-source.ts'
import { message, resource } from './group.ts'

export class VolumeNodeAffinity extends message('Nodes from which a volume can be reached.', {
  required: ref(NodeSelector, 1, 'Requirements a node must meet.'),
}) {}

export class PersistentVolumeSpec extends message(
  'What a PersistentVolume is and who may use it.',
  {
    capacity: mapOf('quantity', 1, 'Resources of the volume; only storage is used.'),
    gcePersistentDisk: ref(
      GCEPersistentDiskVolumeSource,
      1,
      'Disk of Google Compute Engine. Deprecated: redirected to pd.csi.storage.gke.io.',
    )
      .within(2)
      .deprecated(),
    awsElasticBlockStore: ref(
      AWSElasticBlockStoreVolumeSource,
      2,
      'AWS EBS disk. Deprecated: redirected to ebs.csi.aws.com.',
    )
      .within(2)
      .deprecated(),
    hostPath: ref(
      HostPathVolumeSource,
      3,
      'Directory of the node. For single-node tests only.',
    ).within(2),
    glusterfs: ref(
      GlusterfsPersistentVolumeSource,
      4,
      'GlusterFS volume. Deprecated: the driver has been removed.',
    )
      .within(2)
      .deprecated(),
    nfs: ref(NFSVolumeSource, 5, 'Directory exported by an NFS server.').within(2),
    rbd: ref(
      RBDPersistentVolumeSource,
      6,
      'Ceph RBD image. Deprecated: the in-tree driver has been removed.',
    )
      .within(2)
      .deprecated(),
    iscsi: ref(ISCSIPersistentVolumeSource, 7, 'A disk that an iSCSI target offers.').within(2),
    cinder: ref(
      CinderPersistentVolumeSource,
      8,
      'OpenStack Cinder disk. Deprecated: redirected to cinder.csi.openstack.org.',
    )
      .within(2)
      .deprecated(),
    cephfs: ref(
      CephFSPersistentVolumeSource,
      9,
      'CephFS mount. Deprecated: the in-tree driver has been removed.',
    )
      .within(2)
      .deprecated(),
    fc: ref(FCVolumeSource, 10, 'A Fibre Channel disk, which the nodes can reach.').within(2),
    flocker: ref(
      FlockerVolumeSource,
      11,
      'Flocker dataset. Deprecated: the driver has been removed.',
    )
      .within(2)
      .deprecated(),
    flexVolume: ref(
      FlexPersistentVolumeSource,
      12,
      'Volume of an exec-based FlexVolume driver. Deprecated: use a CSI driver.',
    )
      .within(2)
      .deprecated(),
    azureFile: ref(
      AzureFilePersistentVolumeSource,
      13,
      'Azure Files share. Deprecated: redirected to file.csi.azure.com.',
    )
      .within(2)
      .deprecated(),
    vsphereVolume: ref(
      VsphereVirtualDiskVolumeSource,
      14,
      'vSphere virtual disk. Deprecated: redirected to csi.vsphere.vmware.com.',
    )
      .within(2)
      .deprecated(),
    quobyte: ref(
      QuobyteVolumeSource,
      15,
      'Quobyte volume. Deprecated: the driver has been removed.',
    )
      .within(2)
      .deprecated(),
    azureDisk: ref(
      AzureDiskVolumeSource,
      16,
      'Azure data disk. Deprecated: redirected to disk.csi.azure.com.',
    )
      .within(2)
      .deprecated(),
    photonPersistentDisk: ref(
      PhotonPersistentDiskVolumeSource,
      17,
      'Photon Controller disk. Deprecated: the driver has been removed.',
    )
      .within(2)
      .deprecated(),
    portworxVolume: ref(
      PortworxVolumeSource,
      18,
      'Portworx volume. Deprecated: redirected to pxd.portworx.com.',
    )
      .within(2)
      .deprecated(),
    scaleIO: ref(
      ScaleIOPersistentVolumeSource,
      19,
      'ScaleIO volume. Deprecated: the driver has been removed.',
    )
      .within(2)
      .deprecated(),
    local: ref(LocalVolumeSource, 20, 'Local disk or directory of one node.').within(2),
    storageos: ref(
      StorageOSPersistentVolumeSource,
      21,
      'StorageOS volume. Deprecated: the driver has been removed.',
    )
      .within(2)
      .deprecated(),
    csi: ref(CSIPersistentVolumeSource, 22, 'Volume of an external CSI driver.').within(2),
    accessModes: listOf(
      'string',
      3,
      'Ways in which the volume can be mounted, such as ReadWriteOnce.',
    )
      .atomic()
      .oneOf('ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'),
    claimRef: ref(
      ObjectReference,
      4,
      'Claim the volume is bound to, or reserved for. Set by the binder.',
    ),
    persistentVolumeReclaimPolicy: string(
      5,
      'What happens on release. Defaults to Retain if made by hand; provisioned ones follow their class.',
    )
      .oneOf('Recycle', 'Delete', 'Retain')
      .default('Retain'),
    storageClassName: string(6, 'StorageClass the volume belongs to. Empty means none.'),
    mountOptions: listOf(
      'string',
      7,
      'Options for mounting, such as ro or soft. Not validated; a bad one makes the mount fail.',
    ).atomic(),
    volumeMode: string(
      8,
      'Filesystem for a mountable volume or Block for a raw device. Defaults to Filesystem.',
    )
      .oneOf('Block', 'Filesystem')
      .pointer()
      .default('Filesystem'),
    nodeAffinity: ref(
      VolumeNodeAffinity,
      9,
      'Nodes from which the volume can be reached. Pods that use it are scheduled there.',
    ),
    volumeAttributesClassName: string(
      10,
      'VolumeAttributesClass applied to the volume. Unset or empty means none.',
    ).pointer(),
  },
) {}

export class PersistentVolumeStatus extends message('Observed state of a PersistentVolume.', {
  phase: string(1, 'Whether the volume is Pending, Available, Bound, Released or Failed.')
    .oneOf('Pending', 'Available', 'Bound', 'Released', 'Failed')
    .default('Pending'),
  message: string(2, 'Human-readable text about why the volume is in its phase.'),
  reason: string(3, 'Short reason for a failure, for use by machines and in listings.'),
  lastPhaseTransitionTime: time(4, 'When the phase last changed.').pointer(),
}) {}

export class PersistentVolume extends resource(
  'A piece of storage in the cluster, made by an administrator or a provisioner.',
  { plural: 'persistentvolumes', shortNames: ['pv'], namespaced: false, subresources: ['status'] },
  {
    spec: ref(PersistentVolumeSpec, 2, 'What the volume is and who may use it.').written(),
    status: ref(
      PersistentVolumeStatus,
      3,
      'Whether the volume is free, bound, released or failed.',
    ).written(),
  },
) {}
