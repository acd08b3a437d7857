import { bool, int32, int64, listOf, mapOf, ref, string, time } from '../../../schema/field.ts'
import { Taint } from './toleration.ts'
import { message, resource } from './group.ts'

export class AttachedVolume extends message('A volume that is attached to a node.', {
  name: string(1, 'Unique name of the attached volume.').required(),
  devicePath: string(2, 'Path on the node at which the device can be used.').required(),
}) {}

export class ConfigMapNodeConfigSource extends message(
  'A ConfigMap with kubelet configuration. Deprecated with dynamic kubelet configuration.',
  {
    namespace: string(1, 'Namespace of the ConfigMap that holds the configuration.').required(),
    name: string(2, 'Name of the ConfigMap that holds the configuration.').required(),
    uid: string(3, 'UID of the ConfigMap. Set only in the status of the Node.'),
    resourceVersion: string(
      4,
      'resourceVersion of the ConfigMap. Set only in the status of the Node.',
    ),
    kubeletConfigKey: string(
      5,
      'Key of the ConfigMap that holds the KubeletConfiguration.',
    ).required(),
  },
) {}

export class ContainerImage extends message('An image present on a node.', {
  names: listOf('string', 1, 'Names of the image, by tag and by digest.').atomic().written(),
  sizeBytes: int64(2, 'Size of the image on the node, in bytes.'),
}) {}

export class DaemonEndpoint extends message('Port of a single daemon on a node.', {
  Port: int32(1, 'Port number the daemon listens on.').required(),
}) {}

export class NodeConfigSource extends message(
  'Source of kubelet configuration. Deprecated; dynamic kubelet configuration has been removed.',
  {
    configMap: ref(ConfigMapNodeConfigSource, 2, 'ConfigMap that holds the configuration.'),
  },
) {}

export class NodeSpec extends message('Desired behavior of a node.', {
  podCIDR: string(1, 'IP range from which Pods on the node get addresses.'),
  podCIDRs: listOf(
    'string',
    7,
    'IP ranges for Pods, at most one per IP family. The first equals podCIDR.',
  )
    .set()
    .patch('merge'),
  providerID: string(3, 'ID the cloud provider gave the node, as <provider>://<id>.'),
  unschedulable: bool(4, 'Keeps new Pods off the node, as kubectl cordon does. Defaults to false.'),
  taints: listOf(Taint, 5, 'Taints that repel Pods without a matching toleration.').atomic(),
  configSource: ref(
    NodeConfigSource,
    6,
    'Source of dynamic kubelet configuration. No longer used.',
  ).deprecated(),
  externalID: string(
    2,
    'External ID of the node. No longer used; kept for old kubelets.',
  ).deprecated(),
}) {}

export class NodeAddress extends message('An address of a node.', {
  type: string(1, 'Kind of address, such as Hostname, InternalIP or ExternalIP.').required(),
  address: string(2, 'The IP address or host name itself.').required(),
}) {}

export class NodeCondition extends message('One observed fact about a node.', {
  type: string(1, 'Kind of condition, such as Ready or MemoryPressure.').required(),
  status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
  lastHeartbeatTime: time(3, 'When the condition was last reported.'),
  lastTransitionTime: time(4, 'When the status last changed.'),
  reason: string(5, 'Short machine-readable reason for the last change.'),
  message: string(6, 'Human-readable text about the last change.'),
}) {}

export class NodeConfigStatus extends message(
  'State of dynamic kubelet configuration on a node. No longer maintained.',
  {
    assigned: ref(NodeConfigSource, 1, 'The configuration that the node is to try next.'),
    active: ref(NodeConfigSource, 2, 'The configuration that the node now uses.'),
    lastKnownGood: ref(
      NodeConfigSource,
      3,
      'Configuration the node falls back to when the assigned one fails.',
    ),
    error: string(4, 'Problem found with the assigned configuration.'),
  },
) {}

export class NodeDaemonEndpoints extends message('Ports of the daemons on a node.', {
  kubeletEndpoint: ref(DaemonEndpoint, 1, 'Port on which the kubelet serves its API.').written(),
}) {}

export class NodeFeatures extends message('Features of the CRI implementation on a node.', {
  supplementalGroupsPolicy: bool(
    1,
    'Whether the runtime supports supplementalGroupsPolicy and the user of a container.',
  ).pointer(),
}) {}

export class NodeRuntimeHandlerFeatures extends message('Features of a runtime handler.', {
  recursiveReadOnlyMounts: bool(
    1,
    'Whether the handler supports recursive read-only mounts.',
  ).pointer(),
  userNamespaces: bool(
    2,
    'Whether the handler supports user namespaces, including volumes.',
  ).pointer(),
}) {}

export class NodeRuntimeHandler extends message('A runtime handler available on a node.', {
  name: string(
    1,
    'Name of the handler, as used by a RuntimeClass. Empty means the default handler.',
  ).written(),
  features: ref(
    NodeRuntimeHandlerFeatures,
    2,
    'What the handler can do beyond running containers.',
  ),
}) {}

export class NodeSwapStatus extends message('Swap memory of a node.', {
  capacity: int64(1, 'Size of all swap memory, in bytes.').pointer(),
}) {}

export class NodeSystemInfo extends message('IDs and software versions of a node.', {
  machineID: string(
    1,
    'Machine ID of the node, as in /etc/machine-id; unique in the cluster.',
  ).required(),
  systemUUID: string(2, 'System UUID reported by the firmware of the node.').required(),
  bootID: string(3, 'ID of the current boot; changes with each reboot.').required(),
  kernelVersion: string(4, 'Kernel version, as from uname -r.').required(),
  osImage: string(5, 'Name of the operating system, as in /etc/os-release.').required(),
  containerRuntimeVersion: string(
    6,
    'Name and version of the runtime, such as containerd://2.1.0.',
  ).required(),
  kubeletVersion: string(7, 'Version of the kubelet that runs on the node.').required(),
  kubeProxyVersion: string(8, 'Formerly the version of kube-proxy. No longer filled in.')
    .required()
    .deprecated(),
  operatingSystem: string(9, 'Operating system, such as linux or windows.').required(),
  architecture: string(10, 'CPU architecture, such as amd64 or arm64.').required(),
  swap: ref(NodeSwapStatus, 11, 'What swap memory the node has.'),
}) {}

export class NodeStatus extends message('Observed state of a node.', {
  capacity: mapOf('quantity', 1, 'All resources of the node, those for the system included.'),
  allocatable: mapOf('quantity', 2, 'Resources available to Pods. Defaults to capacity.'),
  phase: string(3, 'Former lifecycle phase of the node. No longer filled in.').oneOf(
    'Pending',
    'Running',
    'Terminated',
  ),
  conditions: listOf(NodeCondition, 4, 'Current conditions of the node, such as Ready.')
    .mapKeys('type')
    .patch('merge', 'type'),
  addresses: listOf(NodeAddress, 5, 'Addresses at which the node can be reached.')
    .mapKeys('type')
    .patch('merge', 'type'),
  daemonEndpoints: ref(NodeDaemonEndpoints, 6, 'Ports of the daemons on the node.').written(),
  nodeInfo: ref(NodeSystemInfo, 7, 'IDs and software versions of the node.').written(),
  images: listOf(ContainerImage, 8, 'Images present on the node.').atomic(),
  volumesInUse: listOf(
    'string',
    9,
    'Attachable volumes mounted, or about to be, by Pods on the node.',
  ).atomic(),
  volumesAttached: listOf(
    AttachedVolume,
    10,
    'Volumes that are attached to the node now.',
  ).atomic(),
  config: ref(
    NodeConfigStatus,
    11,
    'State of dynamic kubelet configuration. No longer maintained.',
  ),
  runtimeHandlers: listOf(
    NodeRuntimeHandler,
    12,
    'Runtime handlers available on the node.',
  ).atomic(),
  features: ref(NodeFeatures, 13, 'Features of the CRI implementation on the node.'),
  declaredFeatures: listOf(
    'string',
    14,
    'Names of feature-gated kubelet features that the node offers, for version-aware scheduling.',
  ).atomic(),
}) {}

export class Node extends resource(
  'A machine that runs Pods.',
  {
    plural: 'nodes',
    shortNames: ['no'],
    namespaced: false,
    subresources: [
      {
        name: 'proxy',
        group: '',
        version: 'v1',
        kind: 'NodeProxyOptions',
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
      },
      'status',
    ],
  },
  {
    spec: ref(
      NodeSpec,
      2,
      'How the node is used: its Pod network ranges, taints, and whether new Pods may come.',
    ).written(),
    status: ref(
      NodeStatus,
      3,
      'What the kubelet reports: addresses, resources, conditions and versions.',
    ).written(),
  },
) {}
