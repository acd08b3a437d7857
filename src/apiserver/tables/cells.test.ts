import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HorizontalPodAutoscaler as AutoscalerV1 } from '../../api/autoscaling/v1/index.ts'
import { DaemonSet, Deployment } from '../../api/apps/v1/index.ts'
import { HorizontalPodAutoscaler } from '../../api/autoscaling/v2/index.ts'
import { CronJob, Job } from '../../api/batch/v1/index.ts'
import { CertificateSigningRequest } from '../../api/certificates/v1/index.ts'
import {
  Endpoints,
  Event,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  ResourceQuota,
  Service,
} from '../../api/core/v1/index.ts'
import { EndpointSlice } from '../../api/discovery/v1/index.ts'
import { Event as NewEvent } from '../../api/events/v1/index.ts'
import { Ingress, IPAddress, NetworkPolicy } from '../../api/networking/v1/index.ts'
import { PodDisruptionBudget } from '../../api/policy/v1/index.ts'
import { ClusterRoleBinding } from '../../api/rbac/v1/index.ts'
import { StorageClass } from '../../api/storage/v1/index.ts'
import { ValidatingAdmissionPolicyBinding } from '../../api/admissionregistration/v1/index.ts'
import { rowOf } from './testing.ts'

type Row = Readonly<Record<string, unknown>>

function shows(row: Row, expected: Row): void {
  assert.deepEqual({ ...row, ...expected }, row)
}

const TEMPLATE = {
  metadata: { labels: { app: 'x' } },
  spec: {
    containers: [
      { name: 'a', image: 'i' },
      { name: 'b', image: 'j' },
    ],
  },
}

test('a Deployment shows what is ready, of what, and its selector', () => {
  const selector = {
    matchLabels: { app: 'x' },
    matchExpressions: [{ key: 'b', operator: 'Exists' }],
  }
  const row = rowOf(Deployment, {
    spec: { replicas: 3, selector, template: TEMPLATE },
    status: { readyReplicas: 1, updatedReplicas: 2 },
  })
  shows(row, { Ready: '1/3', 'Up-to-date': 2, Available: 0, Age: '5m' })
  shows(row, { Containers: 'a,b', Images: 'i,j', Selector: 'app=x,b' })
})

test('a DaemonSet shows its node selector', () => {
  const spec = { ...TEMPLATE.spec, nodeSelector: { disk: 'ssd', arch: 'arm' } }
  const row = rowOf(DaemonSet, {
    spec: { selector: {}, template: { ...TEMPLATE, spec } },
    status: {
      desiredNumberScheduled: 2,
      currentNumberScheduled: 1,
      numberReady: 1,
      numberMisscheduled: 0,
    },
  })
  shows(row, { Desired: 2, Current: 1, 'Node Selector': 'arch=arm,disk=ssd', Selector: '<none>' })
})

test('a Service shows ports, and where it is reached', () => {
  const ports = [
    { port: 80, nodePort: 30080, protocol: 'TCP' },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ]
  const node = rowOf(Service, { spec: { type: 'NodePort', clusterIPs: ['10.0.0.1'], ports } })
  shows(node, {
    'Cluster-IP': '10.0.0.1',
    'External-IP': '<none>',
    'Port(s)': '80:30080/TCP,53/UDP',
  })
  shows(rowOf(Service, { spec: { type: 'LoadBalancer', ports } }), { 'External-IP': '<pending>' })
  const balanced = rowOf(Service, {
    spec: { type: 'LoadBalancer', externalIPs: ['192.0.2.9'], selector: { a: 'b' } },
    status: { loadBalancer: { ingress: [{ hostname: 'x.example.com' }, { ip: '192.0.2.1' }] } },
  })
  shows(balanced, { 'External-IP': '192.0.2.1,x.example.com,192.0.2.9', 'Port(s)': '<none>' })
  shows(balanced, { Selector: 'a=b', 'Cluster-IP': '<none>' })
  const external = rowOf(Service, { spec: { type: 'ExternalName', externalName: 'example.com' } })
  shows(external, { Type: 'ExternalName', 'External-IP': 'example.com' })
})

test('Endpoints and EndpointSlices show the first three', () => {
  const addresses = ['10.0.0.1', '10.0.0.2'].map((ip) => ({ ip }))
  const ports = [
    { port: 80, name: 'a' },
    { port: 81, name: 'b' },
  ]
  shows(rowOf(Endpoints, { subsets: [{ addresses, ports }] }), {
    Endpoints: '10.0.0.1:80,10.0.0.2:80,10.0.0.1:81 + 1 more...',
  })
  shows(rowOf(Endpoints, { subsets: [{ addresses: [{ ip: '::1' }], ports }] }), {
    Endpoints: '[::1]:80,[::1]:81',
  })
  shows(rowOf(Endpoints, {}), { Endpoints: '<none>' })
  const endpoints = addresses.map(({ ip }) => ({ addresses: [ip] }))
  const slice = { addressType: 'IPv4', ports, endpoints }
  shows(rowOf(EndpointSlice, slice), { Ports: '80,81', Endpoints: '10.0.0.1,10.0.0.2' })
  shows(rowOf(EndpointSlice, { addressType: 'IPv4', ports: [], endpoints: [] }), {
    Ports: '<unset>',
    Endpoints: '<unset>',
  })
})

test('a node shows whether it is ready, and its roles', () => {
  const row = rowOf(Node, {
    metadata: {
      labels: { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/control-plane': '' },
    },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    },
  })
  shows(row, { Status: 'Ready,SchedulingDisabled', Roles: 'control-plane,worker' })
  shows(row, { 'Internal-IP': '10.0.0.1', 'External-IP': '<none>', 'OS-Image': '<unknown>' })
  shows(rowOf(Node, {}), { Status: 'Unknown', Roles: '<none>', Version: '' })
  const conditions = [{ type: 'Ready', status: 'Unknown' }]
  shows(rowOf(Node, { status: { conditions } }), { Status: 'NotReady' })
})

test('an Event shows what happened to what, in both groups', () => {
  const row = rowOf(Event, {
    involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec.containers{a}' },
    reason: 'Started',
    message: ' Started container a\n',
    type: 'Normal',
    source: { component: 'kubelet', host: 'n' },
    firstTimestamp: '2025-12-31T23:50:00Z',
    lastTimestamp: '2025-12-31T23:59:00Z',
    count: 7,
  })
  shows(row, { 'Last Seen': '60s', 'First Seen': '10m', Object: 'pod/p', Count: 7 })
  shows(row, {
    Message: 'Started container a',
    Source: 'kubelet, n',
    Subobject: 'spec.containers{a}',
  })
  const newer = rowOf(NewEvent, {
    regarding: { kind: 'Node', name: 'n' },
    note: 'x',
    eventTime: '2025-12-31T23:58:00.000000Z',
    reportingController: 'c',
    reportingInstance: 'i',
    series: { count: 4, lastObservedTime: '2025-12-31T23:59:30.000000Z' },
  })
  shows(newer, { 'Last Seen': '30s', 'First Seen': '2m', Object: 'node/n', Count: 4 })
  shows(newer, { Message: 'x', Source: 'c, i' })
})

test('a Job shows how far it has come', () => {
  const spec = { completions: 3, template: TEMPLATE }
  const startTime = '2025-12-31T23:55:00Z'
  shows(rowOf(Job, { spec, status: { succeeded: 1, startTime } }), {
    Status: 'Running',
    Completions: '1/3',
    Duration: '5m',
  })
  const conditions = [{ type: 'Complete', status: 'True' }]
  const completionTime = '2025-12-31T23:57:05Z'
  shows(rowOf(Job, { spec, status: { succeeded: 3, startTime, completionTime, conditions } }), {
    Status: 'Complete',
    Duration: '2m5s',
  })
  shows(rowOf(Job, { spec: { parallelism: 2, template: TEMPLATE } }), {
    Completions: '0/1 of 2',
    Duration: '',
  })
})

test('a CronJob shows its schedule', () => {
  const row = rowOf(CronJob, {
    spec: { schedule: '* * * * *', suspend: false, jobTemplate: { spec: { template: TEMPLATE } } },
  })
  shows(row, { Schedule: '* * * * *', Timezone: '<none>', Suspend: 'False', Active: 0 })
  shows(row, { 'Last Schedule': '<none>' })
})

test('an autoscaler shows what is measured, whatever its version', () => {
  const scaleTargetRef = { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' }
  const metrics = ['cpu', 'memory', 'x'].map((name) => ({
    type: 'Resource',
    resource: { name, target: { type: 'Utilization', averageUtilization: 50 } },
  }))
  const currentMetrics = [
    { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 20 } } },
  ]
  const row = rowOf(HorizontalPodAutoscaler, {
    spec: { scaleTargetRef, maxReplicas: 5, minReplicas: 2, metrics },
    status: { currentMetrics, currentReplicas: 2, desiredReplicas: 2 },
  })
  shows(row, { Reference: 'Deployment/d', MinPods: '2', MaxPods: 5, Replicas: 2 })
  shows(row, { Targets: 'cpu: 20%/50%, memory: <unknown>/50% + 1 more...' })
  const old = rowOf(AutoscalerV1, {
    spec: { scaleTargetRef, maxReplicas: 5, targetCPUUtilizationPercentage: 70 },
  })
  shows(old, { Targets: 'cpu: <unknown>/70%' })
})

test('volumes and claims show capacity and access modes', () => {
  const spec = {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
    persistentVolumeReclaimPolicy: 'Retain',
    claimRef: { namespace: 'n', name: 'c' },
    storageClassName: 's',
  }
  const volume = rowOf(PersistentVolume, { spec, status: { phase: 'Bound' } })
  shows(volume, { Capacity: '1Gi', 'Access Modes': 'RWO,RWX', Claim: 'n/c', Status: 'Bound' })
  const claim = {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    status: { phase: 'Pending' },
  }
  shows(rowOf(PersistentVolumeClaim, claim), {
    Status: 'Pending',
    Capacity: '',
    'Access Modes': '',
    VolumeAttributesClass: '<unset>',
  })
})

test('a ResourceQuota shows requests and limits apart', () => {
  const row = rowOf(ResourceQuota, {
    status: {
      hard: { pods: '10', 'limits.cpu': '4', cpu: '2' },
      used: { pods: '3', 'limits.cpu': '1' },
    },
  })
  shows(row, { Request: 'cpu: 0/2, pods: 3/10', Limit: 'limits.cpu: 1/4' })
})

test('an Ingress shows its hosts', () => {
  const rules = (hosts: readonly string[]) => hosts.map((host) => ({ host }))
  shows(rowOf(Ingress, { spec: {} }), { Class: '<none>', Hosts: '*', Ports: '80', Address: '' })
  shows(rowOf(Ingress, { spec: { tls: [{}], rules: rules(['a', 'b', 'c', 'd', 'e']) } }), {
    Hosts: 'a,b,c + 2 more...',
    Ports: '80, 443',
  })
  shows(rowOf(Ingress, { spec: { rules: rules(['a', 'b', 'c']) } }), { Hosts: 'a,b,c' })
})

test('other kinds show what upstream shows', () => {
  const subjects = [
    { kind: 'User', name: 'u' },
    { kind: 'Group', name: 'g' },
    { kind: 'Group', name: 'h' },
    { kind: 'ServiceAccount', name: 's', namespace: 'n' },
  ]
  const roleRef = { kind: 'ClusterRole', name: 'r', apiGroup: 'rbac.authorization.k8s.io' }
  shows(rowOf(ClusterRoleBinding, { roleRef, subjects }), {
    Role: 'ClusterRole/r',
    Users: 'u',
    Groups: 'g, h',
    ServiceAccounts: 'n/s',
  })
  shows(rowOf(PodDisruptionBudget, { spec: { minAvailable: '50%' } }), {
    'Min Available': '50%',
    'Max Unavailable': 'N/A',
  })
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' }
  shows(rowOf(StorageClass, { metadata: { annotations }, provisioner: 'p' }), {
    Name: 'a (default)',
    ReclaimPolicy: 'Delete',
    AllowVolumeExpansion: false,
  })
  shows(rowOf(NetworkPolicy, { spec: { podSelector: {} } }), { 'Pod-Selector': '<none>' })
  shows(
    rowOf(IPAddress, { spec: { parentRef: { resource: 'services', namespace: 'n', name: 's' } } }),
    {
      ParentRef: 'services/n/s',
    },
  )
  const conditions = [{ type: 'Approved', status: 'True' }]
  const request = {
    spec: { request: '', signerName: 'x/y', username: 'u', expirationSeconds: 3600 },
  }
  shows(
    rowOf(CertificateSigningRequest, { ...request, status: { conditions, certificate: 'YQ==' } }),
    {
      Requestor: 'u',
      RequestedDuration: '60m',
      Condition: 'Approved,Issued',
    },
  )
  const selector = { matchLabels: { a: 'b' } }
  shows(
    rowOf(ValidatingAdmissionPolicyBinding, { spec: { policyName: 'p', paramRef: { selector } } }),
    {
      ParamRef:
        '&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{},}',
    },
  )
})
