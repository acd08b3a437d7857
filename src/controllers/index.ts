import type { Controller } from '../controller-runtime/index.ts'
import type { ResourceClass } from '../schema/resource.ts'
import { attachDetachController } from './attach-detach/attach-detach-controller.ts'
import { bootstrapSigner } from './bootstrap/bootstrap-signer.ts'
import { kubeletServingApprover } from './bootstrap/kubelet-serving-approver.ts'
import { tokenCleaner } from './bootstrap/token-cleaner.ts'
import { certificateApprovingController } from './certificates/approving-controller.ts'
import { certificateCleanerController } from './certificates/cleaner-controller.ts'
import {
  certificateSigningController,
  type SigningOptions,
} from './certificates/signing-controller.ts'
import { clusterRoleAggregationController } from './clusterrole-aggregation/clusterrole-aggregation-controller.ts'
import { cronJobController } from './cronjob/cronjob-controller.ts'
import { daemonSetController } from './daemonset/daemonset-controller.ts'
import { deploymentController } from './deployment/deployment-controller.ts'
import { deviceTaintEvictionController } from './device-taint-eviction/device-taint-eviction-controller.ts'
import { disruptionController } from './disruption/disruption-controller.ts'
import { endpointsController } from './endpoints/endpoints-controller.ts'
import { endpointSliceController } from './endpointslice/endpointslice-controller.ts'
import { endpointSliceMirroringController } from './endpointslice-mirroring/endpointslice-mirroring-controller.ts'
import { ephemeralVolumeController } from './ephemeral-volume/ephemeral-volume-controller.ts'
import { garbageCollector } from './garbage-collector/garbage-collector.ts'
import { horizontalPodAutoscalerController } from './horizontal-pod-autoscaler/horizontal-pod-autoscaler-controller.ts'
import {
  legacyServiceAccountTokenCleaner,
  type LegacyTokenCleanerOptions,
} from './legacy-serviceaccount-token-cleaner/legacy-serviceaccount-token-cleaner.ts'
import { servedKind } from '../api/served-kind.ts'
import { podCertificateCleaner } from './certificates/pod-certificate-cleaner.ts'
import { storageVersionGarbageCollector } from './storage-version-garbage-collector/storage-version-garbage-collector.ts'
import { storageVersionMigrator } from './storage-version-migrator/storage-version-migrator.ts'
import { trustBundlePublisher } from './trust-bundle-publisher/trust-bundle-publisher.ts'
import { jobController } from './job/job-controller.ts'
import { namespaceController } from './namespace/namespace-controller.ts'
import { nodeIpamController } from './node-ipam/node-ipam-controller.ts'
import { nodeLifecycleController } from './node-lifecycle/node-lifecycle-controller.ts'
import { localPathProvisionerController } from './local-path-provisioner/local-path-provisioner-controller.ts'
import { persistentVolumeExpander } from './persistentvolume-expander/persistentvolume-expander-controller.ts'
import { persistentVolumeBinder } from './persistentvolume-binder/persistentvolume-binder-controller.ts'
import { podGarbageCollector } from './pod-garbage-collector/pod-garbage-collector.ts'
import { replicaSetController, replicationController } from './replicaset/replica-controller.ts'
import { resourceClaimController } from './resourceclaim/resourceclaim-controller.ts'
import { resourceQuotaController } from './resourcequota/resourcequota-controller.ts'
import { rootCaPublisher } from './root-ca-publisher/root-ca-publisher.ts'
import { serviceCIDRController } from './service-cidrs/service-cidr-controller.ts'
import { serviceLoadBalancerController } from './service-loadbalancer/service-loadbalancer-controller.ts'
import { serviceAccountController } from './serviceaccount/serviceaccount-controller.ts'
import type { ServiceAccountTokenOptions } from './serviceaccount-token/complete-secret.ts'
import { serviceAccountTokenController } from './serviceaccount-token/serviceaccount-token-controller.ts'
import { statefulSetController } from './statefulset/statefulset-controller.ts'
import { attributesClassProtectionController } from './storage-protection/attributes-class-protection.ts'
import {
  claimProtectionController,
  volumeProtectionController,
} from './storage-protection/storage-protection-controllers.ts'
import { taintEvictionController } from './taint-eviction/taint-eviction-controller.ts'
import { ttlController } from './ttl/ttl-controller.ts'
import { ttlAfterFinishedController } from './ttl-after-finished/ttl-after-finished-controller.ts'
import { validatingAdmissionPolicyStatusController } from './validatingadmissionpolicy-status/validatingadmissionpolicy-status-controller.ts'

/** What controllers must be told of the cluster. */
interface ControllersOptions
  extends ServiceAccountTokenOptions, SigningOptions, LegacyTokenCleanerOptions {
  /** The types that the API server has. */
  readonly builtIn: readonly ResourceClass[]
  /** The addresses of all Pods, such as `10.244.0.0/16`. */
  readonly clusterCIDR: string
  /** How long a node may be silent before it counts as lost; 50 s where absent. */
  readonly nodeMonitorGraceMs?: number
  /** How many Pods that have ended are kept; 12500 where absent, 0 keeps all. */
  readonly terminatedPodThreshold?: number
}

/** A controller to choose by its name, which is upstream's. */
export interface ControllerEntry {
  readonly name: string
  /**
   * The service account of `kube-system` that it works as; the default roles are made for these. Absent for what makes
   * service accounts usable in the first place: it works as the controller manager itself.
   */
  readonly serviceAccount?: string
  /** Undefined where the API does not have the kind that it works on. */
  readonly create: (options: ControllersOptions) => Controller | undefined
}

/** All controllers. */
export const CONTROLLERS: readonly ControllerEntry[] = [
  entry('deployment-controller', 'deployment-controller', () => deploymentController),
  entry('replicaset-controller', 'replicaset-controller', () => replicaSetController),
  entry('replicationcontroller-controller', 'replication-controller', () => replicationController),
  entry('daemonset-controller', 'daemon-set-controller', daemonSetController),
  entry('statefulset-controller', 'statefulset-controller', () => statefulSetController),
  entry('job-controller', 'job-controller', jobController),
  entry('cronjob-controller', 'cronjob-controller', () => cronJobController),
  entry(
    'ttl-after-finished-controller',
    'ttl-after-finished-controller',
    () => ttlAfterFinishedController,
  ),
  entry('disruption-controller', 'disruption-controller', disruptionController),
  entry('endpoints-controller', 'endpoint-controller', () => endpointsController),
  entry('endpointslice-controller', 'endpointslice-controller', () => endpointSliceController),
  entry('namespace-controller', 'namespace-controller', namespaceController),
  entry('serviceaccount-controller', 'service-account-controller', () => serviceAccountController),
  entry('root-ca-certificate-publisher-controller', 'root-ca-cert-publisher', rootCaPublisher),
  entry('garbage-collector-controller', 'generic-garbage-collector', garbageCollector),
  entry('node-lifecycle-controller', 'node-controller', ({ nodeMonitorGraceMs: graceMs }) =>
    nodeLifecycleController(graceMs === undefined ? {} : { graceMs }),
  ),
  entry('taint-eviction-controller', 'node-controller', taintEvictionController),
  entry('pod-garbage-collector-controller', 'pod-garbage-collector', podGarbageCollector),
  entry('resourcequota-controller', 'resourcequota-controller', resourceQuotaController),
  entry(
    'horizontal-pod-autoscaler-controller',
    'horizontal-pod-autoscaler',
    horizontalPodAutoscalerController,
  ),
  entry(
    'validatingadmissionpolicy-status-controller',
    'validatingadmissionpolicy-status-controller',
    validatingAdmissionPolicyStatusController,
  ),
  entry(
    'clusterrole-aggregation-controller',
    'clusterrole-aggregation-controller',
    () => clusterRoleAggregationController,
  ),
  entry(
    'endpointslice-mirroring-controller',
    'endpointslicemirroring-controller',
    () => endpointSliceMirroringController,
  ),
  entry(
    'persistentvolume-binder-controller',
    'persistent-volume-binder',
    () => persistentVolumeBinder,
  ),
  entry(
    'persistentvolume-attach-detach-controller',
    'attachdetach-controller',
    attachDetachController,
  ),
  entry(
    'persistentvolume-expander-controller',
    'expand-controller',
    () => persistentVolumeExpander,
  ),
  entry(
    'ephemeral-volume-controller',
    'ephemeral-volume-controller',
    () => ephemeralVolumeController,
  ),
  entry(
    'local-path-provisioner-controller',
    'local-path-provisioner',
    () => localPathProvisionerController,
  ),
  entry(
    'persistentvolumeclaim-protection-controller',
    'pvc-protection-controller',
    () => claimProtectionController,
  ),
  entry(
    'persistentvolume-protection-controller',
    'pv-protection-controller',
    () => volumeProtectionController,
  ),
  entry(
    'volumeattributesclass-protection-controller',
    'volumeattributesclass-protection-controller',
    () => attributesClassProtectionController,
  ),
  entry('resourceclaim-controller', 'resource-claim-controller', () => resourceClaimController),
  entry('device-taint-eviction-controller', 'device-taint-eviction-controller', ({ builtIn }) =>
    deviceTaintEvictionController(servedKind(builtIn, 'resource.k8s.io', 'devicetaintrules')),
  ),
  entry('service-lb-controller', 'service-controller', () => serviceLoadBalancerController),
  entry('service-cidr-controller', 'service-cidrs-controller', () => serviceCIDRController),
  entry('node-ipam-controller', 'node-controller', nodeIpamController),
  entry('ttl-controller', 'ttl-controller', ttlController),
  entry(
    'certificatesigningrequest-signing-controller',
    'certificate-controller',
    certificateSigningController,
  ),
  entry(
    'certificatesigningrequest-approving-controller',
    'certificate-controller',
    () => certificateApprovingController,
  ),
  entry(
    'certificatesigningrequest-cleaner-controller',
    'certificate-controller',
    () => certificateCleanerController,
  ),
  entry(
    'kubelet-serving-approver-controller',
    'kubelet-serving-approver',
    () => kubeletServingApprover,
  ),
  entry('bootstrap-signer-controller', 'bootstrap-signer', bootstrapSigner),
  entry('token-cleaner-controller', 'token-cleaner', () => tokenCleaner),
  { name: 'serviceaccount-token-controller', create: serviceAccountTokenController },
  entry(
    'legacy-serviceaccount-token-cleaner-controller',
    'legacy-service-account-token-cleaner',
    legacyServiceAccountTokenCleaner,
  ),
  optional(
    'podcertificaterequest-cleaner-controller',
    'podcertificaterequestcleaner',
    ['certificates.k8s.io', 'podcertificaterequests'],
    podCertificateCleaner,
  ),
  optional(
    'kube-apiserver-serving-clustertrustbundle-publisher-controller',
    'kube-apiserver-serving-clustertrustbundle-publisher',
    ['certificates.k8s.io', 'clustertrustbundles'],
    trustBundlePublisher,
  ),
  optional(
    'storageversion-garbage-collector-controller',
    'storage-version-garbage-collector',
    ['internal.apiserver.k8s.io', 'storageversions'],
    storageVersionGarbageCollector,
  ),
  optional(
    'storage-version-migrator-controller',
    'storage-version-migrator-controller',
    ['storagemigration.k8s.io', 'storageversionmigrations'],
    storageVersionMigrator,
  ),
]

function entry(
  name: string,
  serviceAccount: string,
  create: (options: ControllersOptions) => Controller,
): ControllerEntry {
  return { name, serviceAccount, create }
}

/** A controller of a kind, by its group and plural, that the API has only where that is switched on. */
function optional<T>(
  name: string,
  serviceAccount: string,
  [group, plural]: readonly [string, string],
  make: (type: ResourceClass<T>, options: ControllersOptions) => Controller,
): ControllerEntry {
  const create = (options: ControllersOptions): Controller | undefined => {
    const type = servedKind<T>(options.builtIn, group, plural)
    return type && make(type, options)
  }
  return { name, serviceAccount, create }
}

/**
 * The controllers that a list such as `*,-endpoints-controller` selects: `*` is all of them, `NAME` adds one and `-NAME`
 * leaves one out. Throws `UnknownControllerError`.
 */
export function selectControllers(
  selection: readonly string[],
  controllers: readonly ControllerEntry[] = CONTROLLERS,
): readonly ControllerEntry[] {
  const names = selection.map((each) => each.replace(/^-/, ''))
  const unknown = names.find(
    (each) => each !== '*' && !controllers.some(({ name }) => name === each),
  )
  if (unknown !== undefined) throw new UnknownControllerError(unknown)
  return controllers.filter(
    ({ name }) =>
      !selection.includes(`-${name}`) && (selection.includes(name) || selection.includes('*')),
  )
}

export class UnknownControllerError extends Error {
  override readonly name = 'UnknownControllerError'

  constructor(controller: string) {
    super(`"${controller}" is not in the list of known controllers`)
  }
}
