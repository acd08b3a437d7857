import type { MessageClass } from '../schema/message.ts'
import { DeploymentStatus } from './apps/v1/deployment.ts'
import { ReplicaSetStatus } from './apps/v1/replica-set.ts'
import { RollingUpdateStatefulSetStrategy } from './apps/v1/stateful-set.ts'
import { HPAScalingRules } from './autoscaling/v2/horizontal-pod-autoscaler.ts'
import { LeaseSpec } from './coordination/v1/lease.ts'
import { ContainerStatus, PodStatus, ResourceHealth } from './core/v1/common.ts'
import { Container, EphemeralContainer } from './core/v1/container.ts'
import { EnvVarSource } from './core/v1/env.ts'
import { NodeStatus } from './core/v1/node.ts'
import { PersistentVolumeClaimSpec } from './core/v1/persistent-volume-claim-spec.ts'
import { PodSpec } from './core/v1/pod-spec.ts'
import { Lifecycle } from './core/v1/probe.ts'
import { VolumeProjection } from './core/v1/volume-source.ts'
import { VolumeStatus } from './core/v1/volume.ts'
import type { FeatureName } from './features.ts'
import {
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
} from './resource/v1/common.ts'
import { DeviceClassSpec } from './resource/v1/device-class.ts'
import {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceRequestAllocationResult,
  ResourceClaimStatus,
} from './resource/v1/resource-claim.ts'
import {
  Device,
  DeviceAttribute,
  DeviceCapacity,
  ResourceSliceSpec,
} from './resource/v1/resource-slice.ts'
import { CSIDriverSpec } from './storage/v1/csi-driver.ts'

/** A field of a message that belongs to a feature. */
export interface GatedField {
  readonly gate: FeatureName
  readonly message: MessageClass
  readonly name: string
  /** Only values of which this is true belong to the feature. */
  readonly when?: (value: unknown) => boolean
}

/** The fields that are dropped from what clients send where their feature is off, as upstream's strategies do. */
export const GATED_FIELDS: readonly GatedField[] = [
  ...of(DeploymentStatus, { DeploymentReplicaSetTerminatingReplicas: ['terminatingReplicas'] }),
  ...of(ReplicaSetStatus, { DeploymentReplicaSetTerminatingReplicas: ['terminatingReplicas'] }),
  ...of(RollingUpdateStatefulSetStrategy, { MaxUnavailableStatefulSet: ['maxUnavailable'] }),
  ...of(HPAScalingRules, { HPAConfigurableTolerance: ['tolerance'] }),
  ...of(LeaseSpec, { CoordinatedLeaderElection: ['strategy', 'preferredHolder'] }),
  ...of(Container, { ContainerRestartRules: ['restartPolicyRules'] }),
  ...of(EphemeralContainer, { ContainerRestartRules: ['restartPolicyRules'] }),
  ...of(ContainerStatus, {
    ContainerStopSignals: ['stopSignal'],
    ResourceHealthStatus: ['allocatedResourcesStatus'],
  }),
  ...of(ResourceHealth, { ResourceHealthStatusMessage: ['message'] }),
  ...of(Lifecycle, { ContainerStopSignals: ['stopSignal'] }),
  ...of(EnvVarSource, { EnvFiles: ['fileKeyRef'] }),
  ...of(NodeStatus, { NodeDeclaredFeatures: ['declaredFeatures'] }),
  ...of(PodSpec, {
    GenericWorkload: ['schedulingGroup'],
    HostnameOverride: ['hostnameOverride'],
    PodLevelResources: ['resources'],
  }),
  ...of(PodStatus, {
    DRAExtendedResource: ['extendedResourceClaimStatus'],
    DRANodeAllocatableResources: ['nodeAllocatableResourceClaimStatuses'],
    InPlacePodLevelResourcesVerticalScaling: ['allocatedResources', 'resources'],
  }),
  ...of(VolumeProjection, {
    ClusterTrustBundleProjection: ['clusterTrustBundle'],
    PodCertificateRequest: ['podCertificate'],
  }),
  ...of(VolumeStatus, { ImageVolumeWithDigest: ['image'] }),
  {
    gate: 'CrossNamespaceVolumeDataSource',
    message: PersistentVolumeClaimSpec,
    name: 'dataSourceRef',
    when: (source) => Boolean((source as { readonly namespace?: string }).namespace),
  },
  ...of(CSIDriverSpec, { VolumeLimitScaling: ['preventPodSchedulingIfMissing'] }),
  ...of(DeviceClassSpec, { DRAExtendedResource: ['extendedResourceName'] }),
  ...of(DeviceConstraint, { DRAConsumableCapacity: ['distinctAttribute'] }),
  ...of(DeviceRequest, { DRAPrioritizedList: ['firstAvailable'] }),
  ...of(DeviceSubRequest, {
    DRAConsumableCapacity: ['capacity'],
    DRADeviceTaints: ['tolerations'],
  }),
  ...of(ExactDeviceRequest, {
    DRAConsumableCapacity: ['capacity'],
    DRADeviceTaints: ['tolerations'],
  }),
  ...of(AllocatedDeviceStatus, { DRAConsumableCapacity: ['shareID'] }),
  ...of(AllocationResult, { DRADeviceBindingConditions: ['allocationTimestamp'] }),
  ...of(DeviceRequestAllocationResult, {
    DRAConsumableCapacity: ['shareID', 'consumedCapacity'],
    DRADeviceBindingConditions: ['bindingConditions', 'bindingFailureConditions'],
    DRADeviceTaints: ['tolerations'],
  }),
  ...of(ResourceClaimStatus, { DRAResourceClaimDeviceStatus: ['devices'] }),
  ...of(Device, {
    DRAConsumableCapacity: ['allowMultipleAllocations'],
    DRADeviceBindingConditions: ['bindsToNode', 'bindingConditions', 'bindingFailureConditions'],
    DRADeviceTaints: ['taints'],
    DRANodeAllocatableResources: ['nodeAllocatableResourceMappings'],
    DRAPartitionableDevices: ['consumesCounters', 'nodeName', 'nodeSelector', 'allNodes'],
  }),
  ...of(DeviceAttribute, { DRAListTypeAttributes: ['ints', 'bools', 'strings', 'versions'] }),
  ...of(DeviceCapacity, { DRAConsumableCapacity: ['requestPolicy'] }),
  ...of(ResourceSliceSpec, {
    DRAPartitionableDevices: ['perDeviceNodeSelection', 'sharedCounters'],
  }),
]

function of(
  message: MessageClass,
  fields: Readonly<Partial<Record<FeatureName, readonly string[]>>>,
): readonly GatedField[] {
  return Object.entries(fields).flatMap(([gate, names]) =>
    names.map((name) => ({ gate: gate as FeatureName, message, name })),
  )
}
