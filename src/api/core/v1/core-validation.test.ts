import { LABEL_RULE, LABEL_VALUE_RULE, testCreates, testUpdates } from '../../testing.ts'
import {
  ConfigMap,
  Endpoints,
  Event,
  LimitRange,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  PodTemplate,
  ReplicationController,
  ResourceQuota,
  Secret,
} from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    Node,
    'odd taints, amounts and ranges',
    {
      spec: {
        podCIDRs: ['10.0.0.1/8', '10.1.0.0/16'],
        taints: [
          { key: 'a', effect: 'X' },
          { key: 'b', value: '?', effect: 'NoSchedule' },
          { key: 'b', effect: 'NoSchedule' },
        ],
      },
      status: { capacity: { cpu: '-1' } },
    },
    [
      'metadata.taints[0].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      `metadata.taints[1].value: Invalid value: "?": ${LABEL_VALUE_RULE}`,
      'metadata.taints[2]: Duplicate value: {"key":"b","effect":"NoSchedule"}: taints must be unique by key and effect pair',
      'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
      'status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0',
      'spec.podCIDRs[0]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
      'spec.podCIDRs: Invalid value: ["10.0.0.1/8","10.1.0.0/16"]: may specify no more than one CIDR for each IP family',
    ],
  ],
  [
    Namespace,
    'a finalizer of nobody',
    { spec: { finalizers: ['x'] } },
    [
      'spec.finalizers: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
    ],
  ],
  [
    ConfigMap,
    'odd keys',
    { data: { 'a b': '', both: '' }, binaryData: { both: '', '..': '' } },
    [
      `data[a b]: Invalid value: "a b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
      'data[both]: Invalid value: "both": duplicate of key present in binaryData',
      `binaryData[..]: Invalid value: "..": must not be '..'`,
    ],
  ],
  [
    Secret,
    'half a certificate',
    { type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'x' } },
    ['data[tls.key]: Required value'],
  ],
  [
    Secret,
    'credentials that are no JSON',
    { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'x' } },
    [
      `data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character 'x' looking for beginning of value`,
    ],
  ],
  [
    Secret,
    'a token of nobody',
    { type: 'kubernetes.io/service-account-token' },
    ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
  ],
  [
    Secret,
    'no user and password',
    { type: 'kubernetes.io/basic-auth' },
    ['data[username]: Required value', 'data[password]: Required value'],
  ],
  [Secret, 'no key', { type: 'kubernetes.io/ssh-auth' }, ['data[ssh-privatekey]: Required value']],
  [
    Endpoints,
    'odd addresses and ports',
    {
      subsets: [
        {
          addresses: [{ ip: '127.0.0.1' }, { ip: 'x', hostname: 'A' }],
          ports: [{ port: 0, protocol: 'X', name: 'A' }],
        },
        {},
      ],
    },
    [
      'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'subsets[0].addresses[1].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      `subsets[0].addresses[1].hostname: Invalid value: "A": ${LABEL_RULE}`,
      'subsets[0].addresses[1].ip: Invalid value: "x": must be a valid IP address',
      `subsets[0].ports[0].name: Invalid value: "A": ${LABEL_RULE}`,
      'subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'subsets[0].ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
      'subsets[1]: Required value: must specify `addresses` or `notReadyAddresses`',
    ],
  ],
  [
    ResourceQuota,
    'odd resources and scopes',
    {
      spec: {
        hard: { foo: '1', pods: '1.5', 'requests.cpu': '-1' },
        scopes: ['Terminating', 'NotTerminating', 'X'],
      },
    },
    [
      'spec.hard[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      'spec.hard[foo]: Invalid value: "foo": must be a standard resource for quota',
      'spec.hard[pods]: Invalid value: "1500m": must be an integer',
      'spec.hard[requests.cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'spec.scopes: Invalid value: ["Terminating","NotTerminating","X"]: unsupported scope',
      'spec.scopes: Invalid value: ["Terminating","NotTerminating","X"]: conflicting scopes',
    ],
  ],
  [
    LimitRange,
    'limits that do not fit together',
    {
      spec: {
        limits: [
          {
            type: 'Container',
            max: { cpu: '1' },
            min: { cpu: '2' },
            default: { cpu: '3' },
            defaultRequest: { cpu: '4' },
            maxLimitRequestRatio: { cpu: '500m' },
          },
          { type: 'Container' },
          { type: 'Pod', default: { cpu: '1' } },
        ],
      },
    },
    [
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "4": default request value 4 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "4": default request value 4 is greater than default limit value 3',
      'spec.limits[0].default[cpu]: Invalid value: "1": default value 3 is greater than max value 1',
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
      'spec.limits[1].type: Duplicate value: "Container"',
      "spec.limits[2].default: Forbidden: may not be specified when `type` is 'Pod'",
    ],
  ],
  [
    PersistentVolume,
    'unknown values and no volume',
    {
      spec: { capacity: { storage: '0' }, accessModes: ['X'], persistentVolumeReclaimPolicy: 'Y' },
    },
    [
      'spec.accessModes: Unsupported value: "X": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
      'spec.persistentVolumeReclaimPolicy: Unsupported value: "Y": supported values: "Delete", "Recycle", "Retain"',
      'spec: Required value: must specify a volume type',
    ],
  ],
  [
    PersistentVolume,
    'two volumes',
    {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/../x' },
        nfs: { server: 's', path: '/' },
      },
    },
    [
      `spec.hostPath.path: Invalid value: "/../x": must not contain '..'`,
      'spec.nfs: Forbidden: may not specify more than 1 volume type',
    ],
  ],
  [
    PersistentVolumeClaim,
    'nothing said',
    { spec: { accessModes: [], resources: {} } },
    [
      'spec.accessModes: Required value: at least 1 access mode is required',
      'spec.resources[storage]: Required value',
    ],
  ],
  [
    PersistentVolumeClaim,
    'odd modes',
    {
      spec: {
        accessModes: ['ReadWriteOncePod', 'ReadOnlyMany'],
        resources: { requests: { storage: '0' } },
        volumeMode: 'X',
      },
    },
    [
      'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
      'spec.resources[storage]: Invalid value: "0": must be greater than zero',
      'spec.volumeMode: Unsupported value: "X": supported values: "Block", "Filesystem"',
    ],
  ],
  [
    ReplicationController,
    'Pods it does not select',
    {
      spec: {
        replicas: -1,
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'a', image: 'i' }], restartPolicy: 'Never' },
        },
        selector: { x: 'y' },
      },
    },
    [
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
  ],
  [
    Event,
    'an object elsewhere',
    { metadata: { name: 'e', namespace: 'a' }, involvedObject: { kind: 'Pod', namespace: 'b' } },
    ['involvedObject.namespace: Invalid value: "b": does not match event.namespace'],
  ],
  [
    PodTemplate,
    'no containers',
    { template: { spec: { containers: [] } } },
    ['template.spec.containers: Required value'],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    Node,
    'another range and provider',
    { spec: { podCIDR: '10.1.0.0/24', providerID: 'b', unschedulable: true } },
    { spec: { podCIDR: '10.0.0.0/24', providerID: 'a' } },
    [
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ],
  ],
  [
    Node,
    'a first range and provider',
    { spec: { podCIDR: '10.1.0.0/24', providerID: 'b' } },
    {},
    [],
  ],
  [
    Node,
    'another external id',
    { spec: { externalID: 'x' } },
    {},
    ['spec.externalID: Forbidden: may not be updated'],
  ],
  [
    Namespace,
    'the end of it told too early',
    { status: { phase: 'Terminating' } },
    { status: { phase: 'Active' } },
    [
      'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    ],
    'status',
  ],
  [
    Namespace,
    'a finalizer of nobody',
    { spec: { finalizers: ['x'] } },
    {},
    [
      'spec.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
    ],
    'finalize',
  ],
  [
    ConfigMap,
    'data that was frozen',
    { data: { a: '1' } },
    { data: { a: '0' }, immutable: true },
    [
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ],
  ],
  [
    Secret,
    'another type, although frozen',
    { type: 'a', data: { x: 'YQ==' } },
    { type: 'b', immutable: true },
    [
      'type: Invalid value: "a": field is immutable',
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ],
  ],
  [
    PersistentVolume,
    'another volume',
    {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/b' },
      },
    },
    {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/a' },
      },
    },
    [
      'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n- hostPath.path: "/a"\n+ hostPath.path: "/b"',
    ],
  ],
  [
    PersistentVolumeClaim,
    'less than it has',
    {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      status: { phase: 'Bound', capacity: { storage: '2Gi' } },
    },
    {
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '2Gi' } },
        storageClassName: 'a',
      },
      status: { phase: 'Bound', capacity: { storage: '2Gi' } },
    },
    [
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n- storageClassName: "a"',
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ],
  ],
  [
    PersistentVolumeClaim,
    'more than it has',
    {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '3Gi' } } },
      status: { phase: 'Bound', capacity: { storage: '2Gi' } },
    },
    {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
      status: { phase: 'Bound', capacity: { storage: '2Gi' } },
    },
    [],
  ],
])
