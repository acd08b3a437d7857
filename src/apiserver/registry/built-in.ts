import { Deployment } from '../../api/apps/v1/deployment.ts'
import { DaemonSet } from '../../api/apps/v1/daemon-set.ts'
import { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import { ControllerRevision } from '../../api/apps/v1/controller-revision.ts'
import { Lease } from '../../api/coordination/v1/lease.ts'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { Endpoints } from '../../api/core/v1/endpoints.ts'
import { Event } from '../../api/core/v1/event.ts'
import { LimitRange } from '../../api/core/v1/limit-range.ts'
import { Namespace } from '../../api/core/v1/namespace.ts'
import { Node } from '../../api/core/v1/node.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { PodTemplate } from '../../api/core/v1/pod-template.ts'
import { ReplicationController } from '../../api/core/v1/replication-controller.ts'
import { ResourceQuota } from '../../api/core/v1/resource-quota.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import { Service } from '../../api/core/v1/service.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { ClusterRole } from '../../api/rbac/v1/cluster-role.ts'
import { ClusterRoleBinding } from '../../api/rbac/v1/cluster-role-binding.ts'
import { Role } from '../../api/rbac/v1/role.ts'
import { RoleBinding } from '../../api/rbac/v1/role-binding.ts'
import { PriorityClass } from '../../api/scheduling/v1/priority-class.ts'
import { messageSchema } from '../../apimachinery/body-schema.ts'
import type { Strategy } from '../../api/strategy.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { ApiObject } from './api-object.ts'
import { defaultStrategy } from './default-strategy.ts'
import type { RegistryEnvironment } from './environment.ts'
import type { Registry } from './registry.ts'
import { createResource, type ResourceHooks } from './resource.ts'

/** A resource to serve. */
export interface ResourceRegistration {
  readonly type: ResourceClass<ApiObject>
  readonly strategy: Strategy<ApiObject>
  readonly hooks?: ResourceHooks
}

export function addResources(
  registry: Registry,
  env: RegistryEnvironment,
  registrations: readonly ResourceRegistration[],
): void {
  for (const { type, strategy, hooks } of registrations) {
    const schema = messageSchema(type, type.resource, {
      isRegistered: ({ group, version, kind }) =>
        registry
          .all()
          .some(
            ({ type: { resource } }) =>
              resource.group === group && resource.version === version && resource.kind === kind,
          ),
    })
    const resource = createResource(type, strategy, env, hooks)
    registry.add({ type, strategy, schema, resource })
  }
}

/** The resources of Kubernetes itself. */
export function builtInResources(): readonly ResourceRegistration[] {
  return CLASSES.map((each) => {
    const type = each as unknown as ResourceClass<ApiObject>
    const hasStatus = type.resource.subresources.some(({ name }) => name === 'status')
    return { type, strategy: defaultStrategy({ hasStatus }) }
  })
}

const CLASSES = [
  Deployment,
  DaemonSet,
  ReplicaSet,
  StatefulSet,
  ControllerRevision,
  Lease,
  ConfigMap,
  Endpoints,
  Event,
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
  EndpointSlice,
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
  PriorityClass,
]
