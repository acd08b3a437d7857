import { bool, int32, int64, listOf, mapOf, ref, string } from '../../../schema/field.ts'
import { Affinity, TopologySpreadConstraint } from './affinity.ts'
import { Container, EphemeralContainer } from './container.ts'
import { LocalObjectReference } from './reference.ts'
import { ResourceRequirements } from './resources.ts'
import { PodSecurityContext } from './security.ts'
import { Toleration } from './toleration.ts'
import { Volume } from './volume.ts'
import { message } from './group.ts'

export class HostAlias extends message('A line added to the hosts file of the Pod.', {
  ip: string(1, 'IP address that the host names resolve to.').required(),
  hostnames: listOf('string', 2, 'Names that resolve to the address.').atomic(),
}) {}

export class PodDNSConfigOption extends message('An option of the resolver, as in resolv.conf.', {
  name: string(1, 'Name of the option, such as ndots.'),
  value: string(2, 'Value of the option, if it takes one.').pointer(),
}) {}

export class PodDNSConfig extends message('DNS settings added to those from dnsPolicy.', {
  nameservers: listOf(
    'string',
    1,
    'IP addresses of DNS servers, appended to those from dnsPolicy.',
  ).atomic(),
  searches: listOf(
    'string',
    2,
    'Search domains for short names, appended to those from dnsPolicy.',
  ).atomic(),
  options: listOf(
    PodDNSConfigOption,
    3,
    'Resolver options, merged with those from dnsPolicy; these win.',
  ).atomic(),
}) {}

export class PodOS extends message('The operating system a Pod is written for.', {
  name: string(1, 'Operating system of the containers: linux or windows.').required(),
}) {}

export class PodReadinessGate extends message('An extra condition a Pod needs to be ready.', {
  conditionType: string(1, 'Type of a condition of the Pod that must be True.').required(),
}) {}

export class PodResourceClaim extends message(
  'Gives the containers of a Pod access to a ResourceClaim. Set one of the two sources.',
  {
    name: string(
      1,
      'Name by which containers refer to the claim; unique in the Pod, a DNS label.',
    ).required(),
    resourceClaimName: string(
      3,
      'Existing ResourceClaim in the namespace of the Pod. Excludes resourceClaimTemplateName.',
    ).pointer(),
    resourceClaimTemplateName: string(
      4,
      'ResourceClaimTemplate from which a claim is made for the Pod and deleted with it.',
    ).pointer(),
  },
) {}

export class PodSchedulingGate extends message('A gate that holds back the scheduling of a Pod.', {
  name: string(1, 'Name of the gate; unique in the Pod.').required(),
}) {}

export class PodSchedulingGroup extends message('The group with which a Pod is scheduled.', {
  podGroupName: string(
    1,
    'Name of the PodGroup, in the same namespace, that the Pod belongs to.',
  ).pointer(),
}) {}

export class PodSpec extends message('What a Pod runs and how.', {
  volumes: listOf(Volume, 1, 'Volumes that the containers can mount.')
    .mapKeys('name')
    .patch('merge,retainKeys', 'name'),
  initContainers: listOf(
    Container,
    20,
    'Containers run one after the other before the others start. Those with restartPolicy Always stay as sidecars.',
  )
    .mapKeys('name')
    .patch('merge', 'name'),
  containers: listOf(
    Container,
    2,
    'Containers of the Pod; at least one. Cannot be added or removed later.',
  )
    .required()
    .mapKeys('name')
    .patch('merge', 'name'),
  ephemeralContainers: listOf(
    EphemeralContainer,
    34,
    'Debug containers. Added only through the ephemeralcontainers subresource of a running Pod.',
  )
    .mapKeys('name')
    .patch('merge', 'name'),
  restartPolicy: string(
    3,
    'When to restart containers: Always, OnFailure or Never. Defaults to Always.',
  )
    .oneOf('Always', 'OnFailure', 'Never')
    .default('Always'),
  terminationGracePeriodSeconds: int64(
    4,
    'Seconds to stop cleanly before being killed. 0 kills at once. Defaults to 30.',
  )
    .pointer()
    .default(30),
  activeDeadlineSeconds: int64(
    5,
    'Seconds from the start time after which the Pod is failed. Unset means no limit.',
  ).pointer(),
  dnsPolicy: string(
    6,
    'How DNS is set up: ClusterFirst, ClusterFirstWithHostNet, Default or None. Defaults to ClusterFirst.',
  )
    .oneOf('ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None')
    .default('ClusterFirst'),
  nodeSelector: mapOf('string', 7, 'Labels a node must have to get the Pod.').atomic(),
  serviceAccountName: string(8, 'ServiceAccount to run as. Defaults to default.'),
  serviceAccount: string(
    9,
    'Deprecated: the same as serviceAccountName, which should be used.',
  ).deprecated(),
  automountServiceAccountToken: bool(
    21,
    'Whether to mount an API token. Unset follows the ServiceAccount, which defaults to true.',
  ).pointer(),
  nodeName: string(
    10,
    'Node the Pod is assigned to. Set by the scheduler; setting it by hand bypasses scheduling.',
  ),
  hostNetwork: bool(
    11,
    'Uses the network of the node; declared ports become host ports. Defaults to false.',
  ),
  hostPID: bool(12, 'Uses the process namespace of the node. Defaults to false.'),
  hostIPC: bool(13, 'Uses the IPC namespace of the node. Defaults to false.'),
  shareProcessNamespace: bool(
    27,
    'Puts all containers in one process namespace. Excludes hostPID. Defaults to false.',
  ).pointer(),
  securityContext: ref(
    PodSecurityContext,
    14,
    'Security settings for the Pod and defaults for its containers.',
  ).default({}),
  imagePullSecrets: listOf(
    LocalObjectReference,
    15,
    'Secrets with registry credentials for pulling the images of the Pod.',
  )
    .mapKeys('name')
    .patch('merge', 'name'),
  hostname: string(16, 'Hostname of the Pod. Defaults to the Pod name.'),
  subdomain: string(
    17,
    'With it the name is <hostname>.<subdomain>.<namespace>.svc.<cluster domain>. Unset gives no domain name.',
  ),
  affinity: ref(Affinity, 18, 'Where the Pod may run, relative to nodes and to other Pods.'),
  schedulerName: string(
    19,
    'Scheduler that places the Pod. Defaults to default-scheduler.',
  ).default('default-scheduler'),
  tolerations: listOf(Toleration, 22, 'Taints of nodes that the Pod puts up with.').atomic(),
  hostAliases: listOf(HostAlias, 23, 'Lines to add to the hosts file of the Pod.')
    .mapKeys('ip')
    .patch('merge', 'ip'),
  priorityClassName: string(
    24,
    'PriorityClass of the Pod. Unset uses the global default class, else priority 0.',
  ),
  priority: int32(
    25,
    'Priority value; higher is more important. Filled in from the PriorityClass.',
  ).pointer(),
  dnsConfig: ref(PodDNSConfig, 26, 'DNS settings added to those from dnsPolicy.'),
  readinessGates: listOf(
    PodReadinessGate,
    28,
    'Conditions that must be True, besides ready containers, for the Pod to be ready.',
  ).atomic(),
  runtimeClassName: string(
    29,
    'RuntimeClass to run the Pod with; it must exist. Unset uses the default handler.',
  ).pointer(),
  enableServiceLinks: bool(
    30,
    'Whether to set environment variables for Services. Defaults to true.',
  ).pointer(),
  preemptionPolicy: string(
    31,
    'Whether the Pod may push out Pods of lower priority. Defaults to PreemptLowerPriority.',
  )
    .oneOf('PreemptLowerPriority', 'Never')
    .pointer(),
  overhead: mapOf(
    'quantity',
    32,
    'Resources the Pod costs on top of its containers. Filled in from the RuntimeClass.',
  ),
  topologySpreadConstraints: listOf(
    TopologySpreadConstraint,
    33,
    'How to spread matching Pods over topology domains. All must be met.',
  )
    .mapKeys('topologyKey', 'whenUnsatisfiable')
    .patch('merge', 'topologyKey'),
  setHostnameAsFQDN: bool(
    35,
    'Makes the fully qualified name the hostname instead of the short one. Defaults to false.',
  ).pointer(),
  os: ref(
    PodOS,
    36,
    'Operating system of the containers. Unsuitable security fields are then rejected.',
  ),
  hostUsers: bool(
    37,
    'Whether to use the user namespace of the node; false makes a new one. Defaults to true.',
  ).pointer(),
  schedulingGates: listOf(
    PodSchedulingGate,
    38,
    'Gates that block scheduling until all are removed. Can be set only at creation.',
  )
    .mapKeys('name')
    .patch('merge', 'name'),
  resourceClaims: listOf(
    PodResourceClaim,
    39,
    'ResourceClaims to allocate before the Pod starts; containers refer to them by name.',
  )
    .mapKeys('name')
    .patch('merge,retainKeys', 'name'),
  resources: ref(
    ResourceRequirements,
    40,
    'Total CPU, memory and huge pages of all containers. Claims are not supported here.',
  ),
  hostnameOverride: string(
    41,
    'Hostname seen in the Pod, overriding hostname and subdomain; no DNS record. Up to 64 characters.',
  ).pointer(),
  schedulingGroup: ref(
    PodSchedulingGroup,
    43,
    'Group of Pods with which the Pod is scheduled. Unset schedules it alone.',
  ),
}) {}
