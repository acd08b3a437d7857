import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { systemClock } from '../../base/clock.node.ts'
import { API_GROUPS, OPTIONAL_VERSIONS } from '../../api/resources.ts'
import { strategyFor } from '../../api/strategies.ts'
import { arbitraryOf } from '../../api/testing.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { ColumnDefinition } from '../http/tables.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { completer } from '../registry/decode-object.ts'
import { tablePrinters } from './printers.ts'

/** The columns of each kind, as upstream has them: `*` marks those for wide output, `:` a type or a format. */
const COLUMNS = `
apiregistration.k8s.io/APIService: Name:name, Service, Available, Age
storage.k8s.io/CSIDriver: Name:name, AttachRequired:boolean, PodInfoOnMount:boolean, StorageCapacity:boolean, TokenRequests, RequiresRepublish:boolean, Modes, Age
storage.k8s.io/CSINode: Name:name, Drivers:integer, Age
storage.k8s.io/CSIStorageCapacity: Name:name, StorageClassName, Capacity
certificates.k8s.io/CertificateSigningRequest: Name:name, Age, SignerName, Requestor, RequestedDuration, Condition
rbac.authorization.k8s.io/ClusterRole: Name:name, Created At:date
rbac.authorization.k8s.io/ClusterRoleBinding: Name:name, Role, Age, Users*, Groups*, ServiceAccounts*
certificates.k8s.io/ClusterTrustBundle: Name:name, SignerName
ComponentStatus: Name:name, Status, Message, Error
ConfigMap: Name:name, Data, Age
apps/ControllerRevision: Name:name, Controller, Revision, Age
batch/CronJob: Name:name, Schedule, Timezone, Suspend:boolean, Active:integer, Last Schedule, Age, Containers*, Images*, Selector*
apiextensions.k8s.io/CustomResourceDefinition: Name:name, Created At:date
apps/DaemonSet: Name:name, Desired:integer, Current:integer, Ready:integer, Up-to-date:integer, Available:integer, Node Selector, Age, Containers*, Images*, Selector*
apps/Deployment: Name:name, Ready, Up-to-date, Available, Age, Containers*, Images*, Selector*
resource.k8s.io/DeviceClass: Name:name, Age
resource.k8s.io/DeviceTaintRule: Name:name, Key, Value, Effect, TimeAdded, Age
discovery.k8s.io/EndpointSlice: Name:name, AddressType, Ports, Endpoints, Age
Endpoints: Name:name, Endpoints, Age
Event: Last Seen, Type, Reason, Object, Subobject*, Source*, Message, First Seen*, Count*, Name*:name
flowcontrol.apiserver.k8s.io/FlowSchema: Name:name, PriorityLevel, MatchingPrecedence, DistinguisherMethod, Age, MissingPL
autoscaling/HorizontalPodAutoscaler: Name:name, Reference, Targets, MinPods, MaxPods, Replicas, Age
networking.k8s.io/IPAddress: Name:name, ParentRef
networking.k8s.io/Ingress: Name:name, Class, Hosts, Address, Ports, Age
networking.k8s.io/IngressClass: Name:name, Controller, Parameters, Age
batch/Job: Name:name, Status, Completions, Duration, Age, Containers*, Images*, Selector*
coordination.k8s.io/Lease: Name:name, Holder, Age
coordination.k8s.io/LeaseCandidate: Name:name, LeaseName, BinaryVersion, EmulationVersion, Age
LimitRange: Name:name, Created At:date
admissionregistration.k8s.io/MutatingAdmissionPolicy: Name:name, Mutations:integer, ParamKind, Age
admissionregistration.k8s.io/MutatingAdmissionPolicyBinding: Name:name, PolicyName, ParamRef, Age
admissionregistration.k8s.io/MutatingWebhookConfiguration: Name:name, Webhooks:integer, Age
Namespace: Name:name, Status, Age
networking.k8s.io/NetworkPolicy: Name:name, Pod-Selector, Age
Node: Name:name, Status, Roles, Age, Version, Internal-IP*, External-IP*, OS-Image*, Kernel-Version*, Container-Runtime*
PersistentVolume: Name:name, Capacity, Access Modes, Reclaim Policy, Status, Claim, StorageClass, VolumeAttributesClass, Reason, Age, VolumeMode*
PersistentVolumeClaim: Name:name, Status, Volume, Capacity, Access Modes, StorageClass, VolumeAttributesClass, Age, VolumeMode*
Pod: Name:name, Ready, Status, Restarts, Age, IP*, Node*, Nominated Node*, Readiness Gates*
certificates.k8s.io/PodCertificateRequest: Name:name, PodName, ServiceAccountName, NodeName, SignerName, State, UnverifiedUserAnnotations
policy/PodDisruptionBudget: Name:name, Min Available, Max Unavailable, Allowed Disruptions:integer, Age
scheduling.k8s.io/PodGroup: Name:name, Age
PodTemplate: Name:name, Containers, Images, Pod Labels
scheduling.k8s.io/PriorityClass: Name:name, Value:integer, Global-Default:boolean, Age, PreemptionPolicy
flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration: Name:name, Type, NominalConcurrencyShares, Queues, HandSize, QueueLengthLimit, Age
apps/ReplicaSet: Name:name, Desired:integer, Current:integer, Ready:integer, Age, Containers*, Images*, Selector*
ReplicationController: Name:name, Desired:integer, Current:integer, Ready:integer, Age, Containers*, Images*, Selector*
resource.k8s.io/ResourceClaim: Name:name, State, Age
resource.k8s.io/ResourceClaimTemplate: Name:name, Age
ResourceQuota: Name:name, Request, Limit, Age
resource.k8s.io/ResourceSlice: Name:name, Node, Driver, Pool, Age
rbac.authorization.k8s.io/Role: Name:name, Created At:date
rbac.authorization.k8s.io/RoleBinding: Name:name, Role, Age, Users*, Groups*, ServiceAccounts*
node.k8s.io/RuntimeClass: Name:name, Handler, Age
Secret: Name:name, Type, Data, Age
Service: Name:name, Type, Cluster-IP, External-IP, Port(s), Age, Selector*
ServiceAccount: Name:name, Age
networking.k8s.io/ServiceCIDR: Name:name, CIDRs, Age
apps/StatefulSet: Name:name, Ready, Age, Containers*, Images*
storage.k8s.io/StorageClass: Name:name, Provisioner, ReclaimPolicy, VolumeBindingMode, AllowVolumeExpansion, Age
internal.apiserver.k8s.io/StorageVersion: Name:name, CommonEncodingVersion, StorageVersions, Age
storagemigration.k8s.io/StorageVersionMigration: Name, Resource, Status
admissionregistration.k8s.io/ValidatingAdmissionPolicy: Name:name, Validations:integer, ParamKind, Age
admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding: Name:name, PolicyName, ParamRef, Age
admissionregistration.k8s.io/ValidatingWebhookConfiguration: Name:name, Webhooks:integer, Age
storage.k8s.io/VolumeAttachment: Name:name, Attacher:name, PV, Node, Attached:boolean, Age
storage.k8s.io/VolumeAttributesClass: Name:name, DriverName, Age
scheduling.k8s.io/Workload: Name:name, Age
`

const ALL = [
  ...API_GROUPS.flatMap(({ versions }) => versions),
  ...(await Promise.all(OPTIONAL_VERSIONS.map(({ load }) => load()))),
].flatMap(({ resources }) => resources as readonly ResourceClass<ApiObject>[])

function columnText({ name, type, format, priority }: ColumnDefinition): string {
  const what = format || (type === 'string' ? '' : type)
  return `${name}${priority > 0 ? '*' : ''}${what === '' ? '' : `:${what}`}`
}

test('tablePrinters() has the columns that upstream has', () => {
  const printers = tablePrinters(systemClock)
  const expected = new Map(
    COLUMNS.trim()
      .split('\n')
      .map((line) => line.split(': ', 2) as [string, string]),
  )
  for (const type of ALL) {
    const { group, kind, verbs } = type.resource
    const key = group === '' || kind === 'Event' ? kind : `${group}/${kind}`
    if (!verbs.includes('list') || kind === 'ResourcePoolStatusRequest') continue
    assert.equal(printers(type).columns.map(columnText).join(', '), expected.get(key), key)
  }
})

test('tablePrinters() gives a cell for each column, whatever the object', () => {
  const printers = tablePrinters(systemClock)
  for (const type of ALL) {
    if (!type.resource.verbs.includes('list')) continue
    const printer = printers(type)
    const strategy = strategyFor(type)
    const complete = completer(type, strategy)
    fc.assert(
      fc.property(arbitraryOf(type), (value) => {
        const object = complete({ ...(value as object), metadata: { name: 'a' } })
        const { cells } = printer.row(object)
        assert.equal(cells.length, printer.columns.length)
        for (const cell of cells) assert.ok(cell !== undefined, type.resource.kind)
      }),
      { numRuns: 30 },
    )
  }
})
