import type { ResourceClass } from '../schema/resource.ts'
import * as admissionregistrationV1 from './admissionregistration/v1/index.ts'
import * as apiextensionsV1 from './apiextensions/v1/index.ts'
import * as apiregistrationV1 from './apiregistration/v1/index.ts'
import * as appsV1 from './apps/v1/index.ts'
import * as authenticationV1 from './authentication/v1/index.ts'
import * as authorizationV1 from './authorization/v1/index.ts'
import * as autoscalingV1 from './autoscaling/v1/index.ts'
import * as autoscalingV2 from './autoscaling/v2/index.ts'
import * as batchV1 from './batch/v1/index.ts'
import * as certificatesV1 from './certificates/v1/index.ts'
import * as coordinationV1 from './coordination/v1/index.ts'
import * as coreV1 from './core/v1/index.ts'
import * as discoveryV1 from './discovery/v1/index.ts'
import * as eventsV1 from './events/v1/index.ts'
import * as flowcontrolV1 from './flowcontrol/v1/index.ts'
import * as networkingV1 from './networking/v1/index.ts'
import * as nodeV1 from './node/v1/index.ts'
import * as policyV1 from './policy/v1/index.ts'
import * as rbacV1 from './rbac/v1/index.ts'
import * as resourceV1 from './resource/v1/index.ts'
import * as schedulingV1 from './scheduling/v1/index.ts'
import * as storageV1 from './storage/v1/index.ts'

/** One version of a group, and the kinds that are served in it. */
export interface ApiVersion {
  readonly version: string
  readonly resources: readonly ResourceClass[]
}

/** A group of the API. Its first version is the preferred one. */
export interface ApiGroup {
  readonly name: string
  readonly versions: readonly [ApiVersion, ...ApiVersion[]]
}

/** A version that is off by default, loaded when it is switched on. */
export interface OptionalVersion {
  readonly group: string
  readonly version: string
  readonly load: () => Promise<ApiVersion>
}

type Module = Readonly<Record<string, ResourceClass>>

/** All groups served by default, in the order in which discovery lists them (upstream's group priorities). */
export const API_GROUPS: readonly ApiGroup[] = [
  group('', ['v1', coreV1]),
  group('apiregistration.k8s.io', ['v1', apiregistrationV1]),
  group('apps', ['v1', appsV1]),
  group('events.k8s.io', ['v1', eventsV1]),
  group('authentication.k8s.io', ['v1', authenticationV1]),
  group('authorization.k8s.io', ['v1', authorizationV1]),
  group('autoscaling', ['v2', autoscalingV2], ['v1', autoscalingV1]),
  group('batch', ['v1', batchV1]),
  group('certificates.k8s.io', ['v1', certificatesV1]),
  group('networking.k8s.io', ['v1', networkingV1]),
  group('policy', ['v1', policyV1]),
  group('rbac.authorization.k8s.io', ['v1', rbacV1]),
  group('storage.k8s.io', ['v1', storageV1]),
  group('admissionregistration.k8s.io', ['v1', admissionregistrationV1]),
  group('apiextensions.k8s.io', ['v1', apiextensionsV1]),
  group('scheduling.k8s.io', ['v1', schedulingV1]),
  group('coordination.k8s.io', ['v1', coordinationV1]),
  group('node.k8s.io', ['v1', nodeV1]),
  group('discovery.k8s.io', ['v1', discoveryV1]),
  group('flowcontrol.apiserver.k8s.io', ['v1', flowcontrolV1]),
  group('resource.k8s.io', ['v1', resourceV1]),
]

/** What can be switched on beside them. */
export const OPTIONAL_VERSIONS: readonly OptionalVersion[] = [
  optional('networking.k8s.io', 'v1beta1', () => import('./networking/v1beta1/index.ts')),
  optional('storage.k8s.io', 'v1beta1', () => import('./storage/v1beta1/index.ts')),
  optional(
    'admissionregistration.k8s.io',
    'v1beta1',
    () => import('./admissionregistration/v1beta1/index.ts'),
  ),
  optional(
    'admissionregistration.k8s.io',
    'v1alpha1',
    () => import('./admissionregistration/v1alpha1/index.ts'),
  ),
  optional('certificates.k8s.io', 'v1beta1', () => import('./certificates/v1beta1/index.ts')),
  optional('certificates.k8s.io', 'v1alpha1', () => import('./certificates/v1alpha1/index.ts')),
  optional('coordination.k8s.io', 'v1beta1', () => import('./coordination/v1beta1/index.ts')),
  optional('coordination.k8s.io', 'v1alpha2', () => import('./coordination/v1alpha2/index.ts')),
  optional(
    'internal.apiserver.k8s.io',
    'v1alpha1',
    () => import('./apiserverinternal/v1alpha1/index.ts'),
  ),
  optional('resource.k8s.io', 'v1beta2', () => import('./resource/v1beta2/index.ts')),
  optional('resource.k8s.io', 'v1beta1', () => import('./resource/v1beta1/index.ts')),
  optional('resource.k8s.io', 'v1alpha3', () => import('./resource/v1alpha3/index.ts')),
  optional('scheduling.k8s.io', 'v1alpha2', () => import('./scheduling/v1alpha2/index.ts')),
  optional(
    'storagemigration.k8s.io',
    'v1beta1',
    () => import('./storagemigration/v1beta1/index.ts'),
  ),
]

/** Every kind served by default, in the order of discovery. */
export const SERVED_RESOURCES: readonly ResourceClass[] = API_GROUPS.flatMap(({ versions }) =>
  versions.flatMap(({ resources }) => resources),
)

/** The class whose form an object of a kind is stored in: mostly the kind itself. `convert()` leads there and back. */
export function storageClassOf(type: ResourceClass): ResourceClass {
  return type.resource.storedAs?.() ?? type
}

function group(
  name: string,
  ...versions: readonly [[string, object], ...(readonly [string, object][])]
): ApiGroup {
  const [first, ...others] = versions
  return { name, versions: [apiVersion(first), ...others.map(apiVersion)] }
}

function apiVersion([version, module]: readonly [string, object]): ApiVersion {
  const classes = Object.values(module as Module)
  return { version, resources: classes.toSorted(byPlural) }
}

function byPlural(a: ResourceClass, b: ResourceClass): number {
  return a.resource.plural < b.resource.plural ? -1 : 1
}

function optional(
  groupName: string,
  version: string,
  load: () => Promise<object>,
): OptionalVersion {
  return {
    group: groupName,
    version,
    load: async () => apiVersion([version, await load()]),
  }
}
