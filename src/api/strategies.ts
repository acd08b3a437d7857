import type { ResourceClass } from '../schema/resource.ts'
import {
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  StatefulSet,
} from './apps/v1/index.ts'
import { controllerRevisionStrategy } from './apps/v1/controller-revision-strategy.ts'
import { daemonSetStrategy } from './apps/v1/daemon-set-strategy.ts'
import { deploymentStrategy } from './apps/v1/deployment-strategy.ts'
import { replicaSetStrategy } from './apps/v1/replica-set-strategy.ts'
import { statefulSetStrategy } from './apps/v1/stateful-set-strategy.ts'
import {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
} from './authorization/v1/index.ts'
import {
  localSubjectAccessReviewStrategy,
  selfSubjectAccessReviewStrategy,
  selfSubjectRulesReviewStrategy,
  subjectAccessReviewStrategy,
} from './authorization/v1/review-strategies.ts'
import { HorizontalPodAutoscaler as HorizontalPodAutoscalerV1 } from './autoscaling/v1/index.ts'
import { horizontalPodAutoscalerStrategy as horizontalPodAutoscalerV1Strategy } from './autoscaling/v1/horizontal-pod-autoscaler-strategy.ts'
import { HorizontalPodAutoscaler } from './autoscaling/v2/index.ts'
import { horizontalPodAutoscalerStrategy } from './autoscaling/v2/horizontal-pod-autoscaler-strategy.ts'
import { cronJobStrategy } from './batch/v1/cron-job-strategy.ts'
import { CronJob, Job } from './batch/v1/index.ts'
import { jobStrategy } from './batch/v1/job-strategy.ts'
import { Lease } from './coordination/v1/index.ts'
import { leaseStrategy } from './coordination/v1/lease-strategy.ts'
import {
  configMapStrategy,
  secretStrategy,
  serviceAccountStrategy,
} from './core/v1/config-strategies.ts'
import { endpointsStrategy } from './core/v1/endpoints-strategy.ts'
import { eventStrategy as coreEventStrategy } from './core/v1/event-strategy.ts'
import {
  ConfigMap,
  Endpoints,
  Event as CoreEvent,
  LimitRange,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodTemplate,
  ReplicationController,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
} from './core/v1/index.ts'
import { namespaceStrategy } from './core/v1/namespace-strategy.ts'
import { nodeStrategy } from './core/v1/node-strategy.ts'
import { persistentVolumeClaimStrategy } from './core/v1/persistent-volume-claim-strategy.ts'
import { persistentVolumeStrategy } from './core/v1/persistent-volume-strategy.ts'
import { podStrategy } from './core/v1/pod-strategy.ts'
import { limitRangeStrategy, resourceQuotaStrategy } from './core/v1/quota-strategies.ts'
import {
  podTemplateStrategy,
  replicationControllerStrategy,
} from './core/v1/replication-controller-strategy.ts'
import { serviceStrategy } from './core/v1/service-strategy.ts'
import { endpointSliceStrategy } from './discovery/v1/endpoint-slice-strategy.ts'
import { EndpointSlice } from './discovery/v1/index.ts'
import { eventStrategy } from './events/v1/event-strategy.ts'
import { Event } from './events/v1/index.ts'
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from './rbac/v1/index.ts'
import {
  clusterRoleBindingStrategy,
  clusterRoleStrategy,
  roleBindingStrategy,
  roleStrategy,
} from './rbac/v1/rbac-strategies.ts'
import { PriorityClass } from './scheduling/v1/index.ts'
import { priorityClassStrategy } from './scheduling/v1/priority-class-strategy.ts'
import {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from './admissionregistration/v1/index.ts'
import {
  mutatingAdmissionPolicyBindingStrategy,
  mutatingAdmissionPolicyStrategy,
  validatingAdmissionPolicyBindingStrategy,
  validatingAdmissionPolicyStrategy,
} from './admissionregistration/v1/policy-strategies.ts'
import {
  mutatingWebhookConfigurationStrategy,
  validatingWebhookConfigurationStrategy,
} from './admissionregistration/v1/webhook-strategies.ts'
import { customResourceDefinitionStrategy } from './apiextensions/v1/custom-resource-definition-strategy.ts'
import { CustomResourceDefinition } from './apiextensions/v1/index.ts'
import { apiServiceStrategy } from './apiregistration/v1/api-service-strategy.ts'
import { APIService } from './apiregistration/v1/index.ts'
import { certificateSigningRequestStrategy } from './certificates/v1/certificate-signing-request-strategy.ts'
import { CertificateSigningRequest } from './certificates/v1/index.ts'
import { flowSchemaStrategy } from './flowcontrol/v1/flow-schema-strategy.ts'
import { FlowSchema, PriorityLevelConfiguration } from './flowcontrol/v1/index.ts'
import { priorityLevelConfigurationStrategy } from './flowcontrol/v1/priority-level-configuration-strategy.ts'
import {
  resourceClaimStrategy,
  resourceClaimTemplateStrategy,
} from './resource/v1/claim-strategies.ts'
import { deviceClassStrategy, resourceSliceStrategy } from './resource/v1/device-strategies.ts'
import {
  DeviceClass,
  ResourceClaim,
  ResourceClaimTemplate,
  ResourceSlice,
} from './resource/v1/index.ts'
import { networkPolicyStrategy } from './networking/v1/network-policy-strategy.ts'
import { ingressClassStrategy } from './networking/v1/ingress-class-strategy.ts'
import { ingressStrategy } from './networking/v1/ingress-strategy.ts'
import { ipAddressStrategy, serviceCidrStrategy } from './networking/v1/address-strategies.ts'
import {
  Ingress,
  IngressClass,
  IPAddress,
  NetworkPolicy,
  ServiceCIDR,
} from './networking/v1/index.ts'
import { RuntimeClass } from './node/v1/index.ts'
import { runtimeClassStrategy } from './node/v1/runtime-class-strategy.ts'
import { PodDisruptionBudget } from './policy/v1/index.ts'
import { podDisruptionBudgetStrategy } from './policy/v1/pod-disruption-budget-strategy.ts'
import {
  csiDriverStrategy,
  csiNodeStrategy,
  csiStorageCapacityStrategy,
} from './storage/v1/csi-strategies.ts'
import {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from './storage/v1/index.ts'
import { storageClassStrategy } from './storage/v1/storage-class-strategy.ts'
import { volumeAttachmentStrategy } from './storage/v1/volume-attachment-strategy.ts'
import { volumeAttributesClassStrategy } from './storage/v1/volume-attributes-class-strategy.ts'
import { storageVersionStrategy } from './apiserverinternal/v1alpha1/storage-version-strategy.ts'
import { clusterTrustBundleStrategy } from './certificates/v1beta1/cluster-trust-bundle-strategy.ts'
import { podCertificateRequestStrategy } from './certificates/v1beta1/pod-certificate-request-strategy.ts'
import { leaseCandidateStrategy } from './coordination/v1beta1/lease-candidate-strategy.ts'
import { deviceTaintRuleStrategy } from './resource/v1alpha3/device-taint-rule-strategy.ts'
import { resourcePoolStatusRequestStrategy } from './resource/v1alpha3/resource-pool-status-request-strategy.ts'
import { podGroupStrategy } from './scheduling/v1alpha2/pod-group-strategy.ts'
import { workloadStrategy } from './scheduling/v1alpha2/workload-strategy.ts'
import { storageVersionMigrationStrategy } from './storagemigration/v1beta1/storage-version-migration-strategy.ts'
import { convert } from './conversion.ts'
import { genericStrategy } from './spec-and-status.ts'
import { strategies, strategyOf, type Strategies, type Strategy } from './strategy.ts'

/** The strategies of all kinds that have rules of their own. */
export const STRATEGIES: Strategies = strategies([
  strategyOf(Pod, podStrategy),
  strategyOf(Service, serviceStrategy),
  strategyOf(Namespace, namespaceStrategy),
  strategyOf(Node, nodeStrategy),
  strategyOf(Secret, secretStrategy),
  strategyOf(ConfigMap, configMapStrategy),
  strategyOf(ServiceAccount, serviceAccountStrategy),
  strategyOf(Endpoints, endpointsStrategy),
  strategyOf(CoreEvent, coreEventStrategy),
  strategyOf(PersistentVolume, persistentVolumeStrategy),
  strategyOf(PersistentVolumeClaim, persistentVolumeClaimStrategy),
  strategyOf(ResourceQuota, resourceQuotaStrategy),
  strategyOf(LimitRange, limitRangeStrategy),
  strategyOf(ReplicationController, replicationControllerStrategy),
  strategyOf(PodTemplate, podTemplateStrategy),
  strategyOf(Deployment, deploymentStrategy),
  strategyOf(ReplicaSet, replicaSetStrategy),
  strategyOf(StatefulSet, statefulSetStrategy),
  strategyOf(DaemonSet, daemonSetStrategy),
  strategyOf(ControllerRevision, controllerRevisionStrategy),
  strategyOf(EndpointSlice, endpointSliceStrategy),
  strategyOf(Lease, leaseStrategy),
  strategyOf(Role, roleStrategy),
  strategyOf(ClusterRole, clusterRoleStrategy),
  strategyOf(RoleBinding, roleBindingStrategy),
  strategyOf(ClusterRoleBinding, clusterRoleBindingStrategy),
  strategyOf(SubjectAccessReview, subjectAccessReviewStrategy),
  strategyOf(SelfSubjectAccessReview, selfSubjectAccessReviewStrategy),
  strategyOf(LocalSubjectAccessReview, localSubjectAccessReviewStrategy),
  strategyOf(SelfSubjectRulesReview, selfSubjectRulesReviewStrategy),
  strategyOf(Event, eventStrategy),
  strategyOf(PriorityClass, priorityClassStrategy),
  strategyOf(HorizontalPodAutoscalerV1, horizontalPodAutoscalerV1Strategy),
  strategyOf(HorizontalPodAutoscaler, horizontalPodAutoscalerStrategy),
  strategyOf(Job, jobStrategy),
  strategyOf(CronJob, cronJobStrategy),
  strategyOf(PodDisruptionBudget, podDisruptionBudgetStrategy),
  strategyOf(Ingress, ingressStrategy),
  strategyOf(IngressClass, ingressClassStrategy),
  strategyOf(NetworkPolicy, networkPolicyStrategy),
  strategyOf(IPAddress, ipAddressStrategy),
  strategyOf(ServiceCIDR, serviceCidrStrategy),
  strategyOf(StorageClass, storageClassStrategy),
  strategyOf(VolumeAttributesClass, volumeAttributesClassStrategy),
  strategyOf(VolumeAttachment, volumeAttachmentStrategy),
  strategyOf(CSIDriver, csiDriverStrategy),
  strategyOf(CSINode, csiNodeStrategy),
  strategyOf(CSIStorageCapacity, csiStorageCapacityStrategy),
  strategyOf(RuntimeClass, runtimeClassStrategy),
  strategyOf(CertificateSigningRequest, certificateSigningRequestStrategy),
  strategyOf(ValidatingWebhookConfiguration, validatingWebhookConfigurationStrategy),
  strategyOf(MutatingWebhookConfiguration, mutatingWebhookConfigurationStrategy),
  strategyOf(ValidatingAdmissionPolicy, validatingAdmissionPolicyStrategy),
  strategyOf(ValidatingAdmissionPolicyBinding, validatingAdmissionPolicyBindingStrategy),
  strategyOf(MutatingAdmissionPolicy, mutatingAdmissionPolicyStrategy),
  strategyOf(MutatingAdmissionPolicyBinding, mutatingAdmissionPolicyBindingStrategy),
  strategyOf(CustomResourceDefinition, customResourceDefinitionStrategy),
  strategyOf(APIService, apiServiceStrategy),
  strategyOf(FlowSchema, flowSchemaStrategy),
  strategyOf(PriorityLevelConfiguration, priorityLevelConfigurationStrategy),
  strategyOf(ResourceClaim, resourceClaimStrategy),
  strategyOf(ResourceClaimTemplate, resourceClaimTemplateStrategy),
  strategyOf(DeviceClass, deviceClassStrategy),
  strategyOf(ResourceSlice, resourceSliceStrategy),
])

/** Makes the strategy of a kind, given its class: classes of what can be switched on are loaded only then. */
type StrategyMaker = (type: ResourceClass<never>) => Strategy<never>

/** By `GROUP KIND`, for what can be switched on. */
const OPTIONAL = new Map<string, StrategyMaker>([
  maker('certificates.k8s.io ClusterTrustBundle', () => clusterTrustBundleStrategy),
  maker('certificates.k8s.io PodCertificateRequest', podCertificateRequestStrategy),
  maker('coordination.k8s.io LeaseCandidate', () => leaseCandidateStrategy),
  maker('internal.apiserver.k8s.io StorageVersion', storageVersionStrategy),
  maker('resource.k8s.io DeviceTaintRule', deviceTaintRuleStrategy),
  maker('resource.k8s.io ResourcePoolStatusRequest', resourcePoolStatusRequestStrategy),
  maker('scheduling.k8s.io PodGroup', podGroupStrategy),
  maker('scheduling.k8s.io Workload', workloadStrategy),
  maker('storagemigration.k8s.io StorageVersionMigration', storageVersionMigrationStrategy),
])

function maker<T>(
  kind: string,
  make: (type: ResourceClass<T>) => Strategy<T>,
): readonly [string, StrategyMaker] {
  return [kind, make as unknown as StrategyMaker]
}

/** The strategy of a kind: its own, or the one that its declaration alone gives. */
export function strategyFor<T>(type: ResourceClass<T>): Strategy<T> {
  const known = STRATEGIES.get(type)
  if (known) return known
  const { group, kind } = type.resource
  const make: StrategyMaker = OPTIONAL.get(`${group} ${kind}`) ?? genericStrategy
  const strategy = make(type as ResourceClass<never>) as unknown as Strategy<T>
  return { ...strategy, ...defaultsOfSibling(type) }
}

/** Defaults that one version of a kind has rules for, for another: by way of that version. */
function defaultsOfSibling<T>(type: ResourceClass<T>): Pick<Strategy<T>, 'applyDefaults'> {
  const [sibling, { applyDefaults } = {}] = STRATEGIES.sibling(type) ?? []
  if (!sibling || !applyDefaults) return {}
  return {
    applyDefaults(object) {
      const stored = convert(object, type, sibling)
      const filled = applyDefaults(stored)
      return filled === stored ? object : convert(filled, sibling, type)
    },
  }
}
