import { bool, ref, string } from '../../../schema/field.ts'
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  AzureFileVolumeSource,
  CSIVolumeSource,
  CephFSVolumeSource,
  CinderVolumeSource,
  ConfigMapVolumeSource,
  DownwardAPIVolumeSource,
  EmptyDirVolumeSource,
  EphemeralVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  GitRepoVolumeSource,
  GlusterfsVolumeSource,
  HostPathVolumeSource,
  ISCSIVolumeSource,
  ImageVolumeSource,
  NFSVolumeSource,
  PersistentVolumeClaimVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  ProjectedVolumeSource,
  QuobyteVolumeSource,
  RBDVolumeSource,
  ScaleIOVolumeSource,
  SecretVolumeSource,
  StorageOSVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from './volume-source.ts'
import { message } from './group.ts'

export class VolumeDevice extends message('A raw block device in a container.', {
  name: string(1, 'Name of a Pod volume backed by a PersistentVolumeClaim.').required(),
  devicePath: string(2, 'Path in the container at which the device appears.').required(),
}) {}

export class VolumeMount extends message('A volume mounted into a container.', {
  name: string(1, 'Name of the Pod volume to mount.').required(),
  readOnly: bool(2, 'Mounts read-only when true. Defaults to false.'),
  recursiveReadOnly: string(
    7,
    'Whether nested mounts are read-only too: Disabled, IfPossible or Enabled. Needs readOnly. Defaults to Disabled.',
  ).pointer(),
  mountPath: string(
    3,
    'Path in the container at which to mount. Must not contain a colon.',
  ).required(),
  subPath: string(4, 'Path within the volume to mount. Defaults to its root.'),
  mountPropagation: string(5, 'How mounts pass between node and container. Defaults to None.')
    .oneOf('None', 'HostToContainer', 'Bidirectional')
    .pointer(),
  subPathExpr: string(
    6,
    'Like subPath, with $(VAR) references expanded from the environment. Excludes subPath.',
  ),
}) {}

export class ImageVolumeStatus extends message('What an image volume resolved to.', {
  imageRef: string(1, 'Digest of the image mounted for the volume.').requiredDropped(),
}) {}

export class VolumeStatus extends message(
  'State of a mounted volume. One field is set, by kind of volume.',
  {
    image: ref(ImageVolumeStatus, 1, 'What is known of an image volume.'),
  },
) {}

export class VolumeMountStatus extends message('State of a volume mount of a container.', {
  name: string(1, 'Name of the mount, as in the spec.').required(),
  mountPath: string(2, 'Path of the mount, as in the spec.').required(),
  readOnly: bool(3, 'Whether the mount is read-only, as in the spec.'),
  recursiveReadOnly: string(
    4,
    'Whether nested mounts are in fact read-only: Disabled or Enabled, never IfPossible.',
  ).pointer(),
  volumeStatus: ref(VolumeStatus, 5, 'State of the mounted volume, by kind of volume.'),
}) {}

export class Volume extends message('A named volume that the containers of a Pod can mount.', {
  name: string(1, 'Name of the volume, a DNS label unique in the Pod.').required(),
  hostPath: ref(
    HostPathVolumeSource,
    1,
    'File or directory of the node. Powerful, so best avoided or made read-only.',
  ).within(2),
  emptyDir: ref(
    EmptyDirVolumeSource,
    2,
    'Empty directory that lives as long as the Pod stays on its node.',
  ).within(2),
  gcePersistentDisk: ref(
    GCEPersistentDiskVolumeSource,
    3,
    'Disk of Google Compute Engine. Deprecated: redirected to pd.csi.storage.gke.io.',
  )
    .within(2)
    .deprecated(),
  awsElasticBlockStore: ref(
    AWSElasticBlockStoreVolumeSource,
    4,
    'AWS EBS disk. Deprecated: redirected to ebs.csi.aws.com.',
  )
    .within(2)
    .deprecated(),
  gitRepo: ref(
    GitRepoVolumeSource,
    5,
    'Directory cloned from a git repository. Deprecated: clone into an emptyDir from an init container.',
  )
    .within(2)
    .deprecated(),
  secret: ref(SecretVolumeSource, 6, 'Files from the entries of a Secret.').within(2),
  nfs: ref(NFSVolumeSource, 7, 'Directory exported by an NFS server.').within(2),
  iscsi: ref(ISCSIVolumeSource, 8, 'A disk that an iSCSI target offers.').within(2),
  glusterfs: ref(
    GlusterfsVolumeSource,
    9,
    'GlusterFS volume. Deprecated: the driver has been removed.',
  )
    .within(2)
    .deprecated(),
  persistentVolumeClaim: ref(
    PersistentVolumeClaimVolumeSource,
    10,
    'Volume bound to a PersistentVolumeClaim in the namespace of the Pod.',
  ).within(2),
  rbd: ref(RBDVolumeSource, 11, 'Ceph RBD image. Deprecated: the in-tree driver has been removed.')
    .within(2)
    .deprecated(),
  flexVolume: ref(
    FlexVolumeSource,
    12,
    'Volume of an exec-based FlexVolume driver. Deprecated: use a CSI driver.',
  )
    .within(2)
    .deprecated(),
  cinder: ref(
    CinderVolumeSource,
    13,
    'OpenStack Cinder disk. Deprecated: redirected to cinder.csi.openstack.org.',
  )
    .within(2)
    .deprecated(),
  cephfs: ref(
    CephFSVolumeSource,
    14,
    'CephFS mount. Deprecated: the in-tree driver has been removed.',
  )
    .within(2)
    .deprecated(),
  flocker: ref(FlockerVolumeSource, 15, 'Flocker dataset. Deprecated: the driver has been removed.')
    .within(2)
    .deprecated(),
  downwardAPI: ref(DownwardAPIVolumeSource, 16, 'Files that show fields of the Pod.').within(2),
  fc: ref(FCVolumeSource, 17, 'A Fibre Channel disk, which the node can reach.').within(2),
  azureFile: ref(
    AzureFileVolumeSource,
    18,
    'Azure Files share. Deprecated: redirected to file.csi.azure.com.',
  )
    .within(2)
    .deprecated(),
  configMap: ref(ConfigMapVolumeSource, 19, 'Files from the entries of a ConfigMap.').within(2),
  vsphereVolume: ref(
    VsphereVirtualDiskVolumeSource,
    20,
    'vSphere virtual disk. Deprecated: redirected to csi.vsphere.vmware.com.',
  )
    .within(2)
    .deprecated(),
  quobyte: ref(QuobyteVolumeSource, 21, 'Quobyte volume. Deprecated: the driver has been removed.')
    .within(2)
    .deprecated(),
  azureDisk: ref(
    AzureDiskVolumeSource,
    22,
    'Azure data disk. Deprecated: redirected to disk.csi.azure.com.',
  )
    .within(2)
    .deprecated(),
  photonPersistentDisk: ref(
    PhotonPersistentDiskVolumeSource,
    23,
    'Photon Controller disk. Deprecated: the driver has been removed.',
  )
    .within(2)
    .deprecated(),
  projected: ref(
    ProjectedVolumeSource,
    26,
    'Several sources, such as Secrets and tokens, joined in one directory.',
  ).within(2),
  portworxVolume: ref(
    PortworxVolumeSource,
    24,
    'Portworx volume. Deprecated: redirected to pxd.portworx.com.',
  )
    .within(2)
    .deprecated(),
  scaleIO: ref(ScaleIOVolumeSource, 25, 'ScaleIO volume. Deprecated: the driver has been removed.')
    .within(2)
    .deprecated(),
  storageos: ref(
    StorageOSVolumeSource,
    27,
    'StorageOS volume. Deprecated: the driver has been removed.',
  )
    .within(2)
    .deprecated(),
  csi: ref(CSIVolumeSource, 28, 'Ephemeral volume of an external CSI driver.').within(2),
  ephemeral: ref(
    EphemeralVolumeSource,
    29,
    'Volume from a claim that is created and deleted with the Pod.',
  ).within(2),
  image: ref(ImageVolumeSource, 30, 'OCI image or artifact mounted read-only.').within(2),
}) {}
