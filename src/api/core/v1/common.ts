import { bool, int32, int64, listOf, mapOf, ref, string, time } from '../../../schema/field.ts'
import { ObjectMeta, OwnerReference } from '../../meta/v1/object-meta.ts'
import { ContainerExtendedResourceRequest } from './container.ts'
import { PodSpec } from './pod-spec.ts'
import { ResourceRequirements } from './resources.ts'
import { VolumeMountStatus } from './volume.ts'
import { message } from './group.ts'
import { STOP_SIGNALS } from './stop-signals.ts'

export class PodSignature extends message('Identifies the Pods of one controller.', {
  podController: ref(OwnerReference, 1, 'Controller whose Pods are meant.'),
}) {}

export class PreferAvoidPodsEntry extends message(
  'One group of Pods a node would rather not receive.',
  {
    podSignature: ref(
      PodSignature,
      1,
      'The Pods that should rather not come to the node.',
    ).required(),
    evictionTime: time(2, 'When the entry was added.'),
    reason: string(3, 'Machine-readable word for why the Pods should stay away.'),
    message: string(4, 'Human-readable text about the entry.'),
  },
) {}

export class AvoidPods extends message(
  'Pods that a node would rather not receive, stored as an annotation on the Node.',
  {
    preferAvoidPods: listOf(
      PreferAvoidPodsEntry,
      1,
      'One entry per group of Pods to keep away from the node where possible.',
    ).atomic(),
  },
) {}

export class ContainerStateRunning extends message('Details of a running container.', {
  startedAt: time(1, 'When the container was last started or restarted.'),
}) {}

export class ContainerStateTerminated extends message('Details of a container that has ended.', {
  exitCode: int32(1, 'Exit code of the last run.').required(),
  signal: int32(2, 'Signal that ended the last run, if any.'),
  reason: string(3, 'Short reason for the end, such as Completed, Error or OOMKilled.'),
  message: string(4, 'Termination message of the last run.'),
  startedAt: time(5, 'When the last run started.'),
  finishedAt: time(6, 'When the last run ended.'),
  containerID: string(7, 'ID of the container, as <runtime>://<id>.'),
}) {}

export class ContainerStateWaiting extends message(
  'Details of a container that has not started yet.',
  {
    reason: string(1, 'Short reason for waiting, such as ContainerCreating or ImagePullBackOff.'),
    message: string(2, 'Human-readable text about why the container is waiting.'),
  },
) {}

export class ContainerState extends message(
  'State of a container: one of waiting, running or terminated. Waiting when none is set.',
  {
    waiting: ref(ContainerStateWaiting, 1, 'Details of a container that has not started yet.'),
    running: ref(ContainerStateRunning, 2, 'Since when the container runs. Unset unless it runs.'),
    terminated: ref(ContainerStateTerminated, 3, 'Details of a container that has ended.'),
  },
) {}

export class LinuxContainerUser extends message(
  'Linux user and groups of the first process of a container.',
  {
    uid: int64(1, 'User ID first attached to the process.').required(),
    gid: int64(2, 'Primary group ID first attached to the process.').required(),
    supplementalGroups: listOf(
      'int64',
      3,
      'Further group IDs first attached to the process.',
    ).atomic(),
  },
) {}

export class ContainerUser extends message('User identity of the first process of a container.', {
  linux: ref(LinuxContainerUser, 1, 'Linux user and groups. Set only on Linux.'),
}) {}

export class ResourceHealth extends message('Health of one allocated device.', {
  resourceID: string(
    1,
    'Unique ID of the device, as given by the device plugin or driver.',
  ).required(),
  health: string(2, 'Healthy, Unhealthy or Unknown.'),
  message: string(6, 'Human-readable text about the health, if any.').pointer(),
}) {}

export class ResourceStatus extends message(
  'Health of the devices behind one resource of a container.',
  {
    name: string(1, 'Resource, such as example.com/gpu or claim:<claim>/<request>.').required(),
    resources: listOf(ResourceHealth, 2, 'Health of each device of the resource.').mapKeys(
      'resourceID',
    ),
  },
) {}

export class ContainerStatus extends message('Observed state of one container of a Pod.', {
  name: string(1, 'Name of the container, as in the spec. Cannot change.').required(),
  state: ref(
    ContainerState,
    2,
    'Whether the container waits, runs or has ended, and since when.',
  ).written(),
  lastState: ref(
    ContainerState,
    3,
    'State in which the previous run ended; empty when it never restarted.',
  ).written(),
  ready: bool(
    4,
    'Whether the container passes its readiness check. Always true without one, once started.',
  ).required(),
  restartCount: int32(
    5,
    'Times the container has restarted, counted from what is left on the node.',
  ).required(),
  image: string(
    6,
    'Image the container runs, as reported by the runtime; may differ from the spec.',
  ).required(),
  imageID: string(7, 'ID of the image the container runs, usually with its digest.').required(),
  containerID: string(8, 'ID of the container, as <runtime>://<id>.'),
  started: bool(
    9,
    'Whether the container has run its postStart hook and passed its startup probe.',
  ).pointer(),
  allocatedResources: mapOf('quantity', 10, 'Requests the node has set aside for the container.'),
  resources: ref(
    ResourceRequirements,
    11,
    'Requests and limits in effect on the running container.',
  ),
  volumeMounts: listOf(VolumeMountStatus, 12, 'State of the volume mounts of the container.')
    .mapKeys('mountPath')
    .patch('merge', 'mountPath'),
  user: ref(ContainerUser, 13, 'User and groups that the first process of the container runs as.'),
  allocatedResourcesStatus: listOf(
    ResourceStatus,
    14,
    'Health of the devices allocated to the container.',
  )
    .mapKeys('name')
    .patch('merge', 'name'),
  stopSignal: string(15, 'Signal in effect for stopping the container.')
    .oneOf(...STOP_SIGNALS)
    .pointer(),
}) {}

export class HostIP extends message('One IP address of a node.', {
  ip: string(1, 'IP address assigned to the node.').required(),
}) {}

export class NodeAllocatableResourceClaimStatus extends message(
  'Node resources, such as CPU or memory, given to a Pod through a ResourceClaim.',
  {
    resourceClaimName: string(
      1,
      'Name of the ResourceClaim that provides the resources.',
    ).required(),
    containers: listOf('string', 2, 'Names of the containers that use the claim.').set(),
    resources: mapOf('quantity', 3, 'Amounts allocated through the claim, by resource.').required(),
  },
) {}

export class PodCondition extends message('One observed fact about a Pod.', {
  type: string(1, 'Kind of condition, such as Ready or PodScheduled.').required(),
  observedGeneration: int64(7, 'metadata.generation of the Pod that the condition was set for.'),
  status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
  lastProbeTime: time(3, 'When the condition was last checked.'),
  lastTransitionTime: time(4, 'When the status last changed.'),
  reason: string(5, 'Short machine-readable reason for the last change.'),
  message: string(6, 'Human-readable text about the last change.'),
}) {}

export class PodExtendedResourceClaimStatus extends message(
  'The ResourceClaim generated for extended resources of a Pod.',
  {
    requestMappings: listOf(
      ContainerExtendedResourceRequest,
      1,
      'Which container and resource each request of the claim serves.',
    )
      .atomic()
      .required(),
    resourceClaimName: string(
      2,
      'Name of the generated ResourceClaim, in the namespace of the Pod.',
    ).required(),
  },
) {}

export class PodIP extends message('One IP address of a Pod.', {
  ip: string(1, 'IP address assigned to the Pod.').required(),
}) {}

export class PodResourceClaimStatus extends message(
  'The ResourceClaim generated for a claim entry of a Pod.',
  {
    name: string(1, 'Name of the entry in spec.resourceClaims.').required(),
    resourceClaimName: string(
      2,
      'Name of the generated ResourceClaim. Unset when none was needed.',
    ).pointer(),
  },
) {}

export class PodStatus extends message('Observed state of a Pod.', {
  observedGeneration: int64(17, 'metadata.generation that the status was last written for.'),
  phase: string(1, 'Pending, Running, Succeeded, Failed or Unknown: where the Pod is in its life.')
    .oneOf('Pending', 'Running', 'Succeeded', 'Failed', 'Unknown')
    .default('Pending'),
  conditions: listOf(PodCondition, 2, 'Current conditions of the Pod, such as Ready.')
    .mapKeys('type')
    .patch('merge', 'type'),
  message: string(3, 'Human-readable text about why the Pod is in its state.'),
  reason: string(4, 'Short reason for the state, such as Evicted.'),
  nominatedNodeName: string(
    11,
    'Node where room is being made for the Pod. It may still be placed elsewhere.',
  ),
  hostIP: string(5, 'IP address of the node. Empty until the Pod is assigned.'),
  hostIPs: listOf(
    HostIP,
    16,
    'IP addresses of the node, at most one per family; the first equals hostIP.',
  )
    .atomic()
    .patch('merge', 'ip'),
  podIP: string(6, 'IP address of the Pod. Empty until one is given.'),
  podIPs: listOf(
    PodIP,
    12,
    'IP addresses of the Pod, at most one per family; the first equals podIP.',
  )
    .mapKeys('ip')
    .patch('merge', 'ip'),
  startTime: time(7, 'When the kubelet accepted the Pod, before pulling images.').pointer(),
  initContainerStatuses: listOf(
    ContainerStatus,
    10,
    'State of each init container, in spec order.',
  ).atomic(),
  containerStatuses: listOf(
    ContainerStatus,
    8,
    'What each app container does: running or not, ready, restarts, image.',
  ).atomic(),
  qosClass: string(
    9,
    'Quality of service class, from requests and limits: Guaranteed, Burstable or BestEffort.',
  ).oneOf('Guaranteed', 'Burstable', 'BestEffort'),
  ephemeralContainerStatuses: listOf(
    ContainerStatus,
    13,
    'State of each ephemeral container.',
  ).atomic(),
  resize: string(
    14,
    'State of an in-place resize. Deprecated: see the PodResizePending and PodResizeInProgress conditions.',
  ).deprecated(),
  resourceClaimStatuses: listOf(
    PodResourceClaimStatus,
    15,
    'The ResourceClaims that were made for the Pod from templates.',
  )
    .mapKeys('name')
    .patch('merge,retainKeys', 'name'),
  extendedResourceClaimStatus: ref(
    PodExtendedResourceClaimStatus,
    18,
    'ResourceClaim generated for extended resources of the Pod.',
  ),
  allocatedResources: mapOf(
    'quantity',
    19,
    'Total requests the node has set aside for the Pod, if set at Pod level.',
  ),
  resources: ref(ResourceRequirements, 20, 'Pod-level requests and limits in effect.'),
  nodeAllocatableResourceClaimStatuses: listOf(
    NodeAllocatableResourceClaimStatus,
    21,
    'Node resources, such as CPU or memory, given to the Pod through ResourceClaims.',
  ).atomic(),
}) {}

export class PodTemplateSpec extends message(
  'The metadata and spec that Pods made from a template get.',
  {
    metadata: ref(
      ObjectMeta,
      1,
      'Labels and annotations that what is made from the template gets.',
    ).written(),
    spec: ref(PodSpec, 2, 'The containers, volumes and settings that each Pod gets.').written(),
  },
) {}

export class Preconditions extends message('What must hold for an update or delete to go ahead.', {
  uid: string(1, 'The request fails unless the object has this UID.').pointer(),
}) {}
