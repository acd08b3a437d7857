import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { arbitraryObject, decoded, texts } from '../../testing.ts'
import { podStrategy } from './pod-strategy.ts'
import { Pod } from './pod.ts'

const { applyDefaults, prepareForCreate, prepareForUpdate, validateCreate, validateUpdate } =
  podStrategy

type Json = Record<string, unknown>

const CONTAINER = { name: 'app', image: 'app:1' }

function pod(spec: Json = {}, more: Json = {}): Pod {
  return applyDefaults!(decoded(Pod, { ...more, spec: { containers: [CONTAINER], ...spec } }))
}

function withContainer(container: Json, spec: Json = {}): Pod {
  return pod({ ...spec, containers: [{ ...CONTAINER, ...container }] })
}

const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

/** What is wrong, the Pod, and all errors in upstream's words. */
const CASES: readonly (readonly [string, Pod, readonly string[]])[] = [
  ['nothing', pod(), []],
  ['no containers', pod({ containers: [] }), ['spec.containers: Required value']],
  [
    'several things at once',
    pod({
      restartPolicy: 'Sometimes',
      containers: [{ name: 'App' }, CONTAINER, CONTAINER],
    }),
    [
      `spec.containers[0].name: Invalid value: "App": ${LABEL_RULE}`,
      'spec.containers[0].image: Required value',
      'spec.containers[2].name: Duplicate value: "app"',
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ],
  ],
  [
    'image with spaces',
    withContainer({ image: ' a' }),
    ['spec.containers[0].image: Invalid value: " a": must not have leading or trailing whitespace'],
  ],
  [
    'ports',
    withContainer({
      ports: [
        { name: 'HTTP', containerPort: 80 },
        { name: 'a', containerPort: 0 },
        { name: 'b', containerPort: 70_000 },
        { name: 'b', containerPort: 81, protocol: 'ICMP' },
      ],
    }),
    [
      'spec.containers[0].ports[0].name: Invalid value: "HTTP": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.containers[0].ports[0].name: Invalid value: "HTTP": must contain at least one letter (a-z)',
      'spec.containers[0].ports[1].containerPort: Required value',
      'spec.containers[0].ports[2].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
      'spec.containers[0].ports[3].name: Duplicate value: "b"',
      'spec.containers[0].ports[3].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ],
  ],
  [
    'host ports twice',
    withContainer({
      ports: [
        { containerPort: 80, hostPort: 8080 },
        { containerPort: 81, hostPort: 8080 },
      ],
    }),
    ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//8080"'],
  ],
  [
    'host network with another host port',
    withContainer({ ports: [{ containerPort: 80, hostPort: 81 }] }, { hostNetwork: true }),
    [
      'spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
    ],
  ],
  [
    'environment',
    withContainer({
      env: [
        { value: 'x' },
        { name: 'a=b' },
        { name: 'A', valueFrom: {} },
        { name: 'B', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'C', valueFrom: { fieldRef: { fieldPath: 'spec.hostname' } } },
        { name: 'D', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } },
        { name: 'E', valueFrom: { secretKeyRef: { name: 's' } } },
        { name: 'F', valueFrom: { resourceFieldRef: { resource: 'limits.gpu' } } },
        { name: 'G', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } } },
      ],
    }),
    [
      'spec.containers[0].env[0].name: Required value',
      'spec.containers[0].env[1].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
      'spec.containers[0].env[2].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      'spec.containers[0].env[3].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
      'spec.containers[0].env[4].valueFrom.fieldRef.fieldPath: Invalid value: "spec.hostname": error converting fieldPath: field label not supported: spec.hostname',
      'spec.containers[0].env[5].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
      'spec.containers[0].env[6].valueFrom.secretKeyRef.key: Required value',
      'spec.containers[0].env[7].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.gpu": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"',
      'spec.containers[0].env[8].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
    ],
  ],
  [
    'resources',
    withContainer({
      resources: {
        requests: { cpu: '2', memory: '1Gi', 'example.com/gpu': '1' },
        limits: { cpu: '1', memory: '-1', disk: '1' },
      },
    }),
    [
      'spec.containers[0].resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0',
      'spec.containers[0].resources.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.limits[disk]: Invalid value: "disk": must be a standard resource for containers',
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      'spec.containers[0].resources.requests: Invalid value: "1Gi": must be less than or equal to memory limit of -1',
      'spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources',
      'spec.containers[0].resources.requests[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.requests[disk]: Invalid value: "disk": must be a standard resource for containers',
    ],
  ],
  [
    'huge pages alone',
    withContainer({ resources: { limits: { 'hugepages-2Mi': '3Mi' } } }),
    [
      'spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      'spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      'spec.containers[0].resources: Forbidden: HugePages require cpu or memory',
    ],
  ],
  [
    'volumes and mounts',
    pod({
      volumes: [
        { name: 'v', emptyDir: {}, hostPath: { path: '/x' } },
        { name: 'w', configMap: {} },
        { name: 'x', emptyDir: {} },
        { name: 'x', hostPath: { path: '/a/../b', type: 'Dir' } },
      ],
      containers: [
        {
          ...CONTAINER,
          volumeMounts: [
            { name: 'missing', mountPath: '/a' },
            { name: 'x', mountPath: '/a', subPath: '../b' },
          ],
        },
      ],
    }),
    [
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
      'spec.volumes[1].configMap.name: Required value',
      'spec.volumes[3].hostPath.path: Invalid value: "/a/../b": must not contain \'..\'',
      'spec.volumes[3].hostPath.type: Unsupported value: "Dir": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      'spec.volumes[3].name: Duplicate value: "x"',
      'spec.containers[0].volumeMounts[0].name: Not found: "missing"',
      'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
      'spec.containers[0].volumeMounts.subPath: Invalid value: "../b": must not contain \'..\'',
    ],
  ],
  [
    'projected volumes',
    pod({
      serviceAccountName: 'a',
      volumes: [
        {
          name: 'v',
          projected: {
            defaultMode: 0o1000,
            sources: [
              { secret: { name: 's', items: [{ key: 'k', path: 'p' }] } },
              { configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } },
              { serviceAccountToken: { path: '', expirationSeconds: 5 } },
            ],
          },
        },
      ],
    }),
    [
      'spec.volumes[0].projected.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[0].projected: Invalid value: "c": conflicting duplicate paths',
      'spec.volumes[0].projected.sources[2].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
      'spec.volumes[0].projected.path: Required value',
    ],
  ],
  [
    'probes and hooks',
    withContainer({
      livenessProbe: { successThreshold: 2, httpGet: { port: 'no such port' } },
      readinessProbe: { timeoutSeconds: -1, tcpSocket: { port: 0 }, exec: { command: ['x'] } },
      startupProbe: {},
      lifecycle: { preStop: { sleep: { seconds: 31 } }, postStart: { exec: {} } },
    }),
    [
      'spec.containers[0].lifecycle.postStart.exec.command: Required value',
      'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
      'spec.containers[0].livenessProbe.httpGet.port: Invalid value: "no such port": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
      'spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type',
      'spec.containers[0].readinessProbe.timeoutSeconds: Invalid value: -1: must be greater than or equal to 0',
      'spec.containers[0].startupProbe: Required value: must specify a handler type',
    ],
  ],
  [
    'init containers',
    pod({
      initContainers: [
        { ...CONTAINER, livenessProbe: { exec: { command: ['x'] } } },
        { ...CONTAINER, name: 'b', restartPolicy: 'Always', lifecycle: {} },
        { ...CONTAINER, name: 'c', restartPolicy: 'Perhaps' },
      ],
    }),
    [
      'spec.initContainers[0].name: Duplicate value: "app"',
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      'spec.initContainers[2].restartPolicy: Unsupported value: "Perhaps": supported values: "Always", "Never", "OnFailure"',
    ],
  ],
  [
    'security',
    withContainer(
      {
        securityContext: {
          runAsUser: -1,
          privileged: true,
          allowPrivilegeEscalation: false,
          seccompProfile: { type: 'Localhost' },
          procMount: 'Unmasked',
        },
      },
      { securityContext: { sysctls: [{ name: 'net.x', value: '1' }] }, hostNetwork: true },
    ),
    [
      'spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'spec.containers[0].securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`',
      'spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
      'spec.containers[0].securityContext: Invalid value: {"runAsUser":-1,"privileged":true,"allowPrivilegeEscalation":false,"seccompProfile":{"type":"Localhost"},"procMount":"Unmasked"}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
      'spec.securityContext.sysctls[0].name: Invalid value: "net.x": may not be specified when \'hostNetwork\' is true',
    ],
  ],
  [
    'tolerations and affinity',
    pod({
      tolerations: [
        { operator: 'Equal' },
        { key: 'k', operator: 'Exists', value: 'v' },
        { key: 'k', tolerationSeconds: 5 },
      ],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] },
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 101, preference: { matchExpressions: [{ key: 'k', operator: 'In' }] } },
          ],
        },
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: {}, topologyKey: '' }],
        },
      },
      topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'Now' }],
    }),
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
      'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100',
      "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must be non-empty',
      "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Now": supported values: "DoNotSchedule", "ScheduleAnyway"',
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      'spec.tolerations[1].operator: Invalid value: "v": value must be empty when `operator` is \'Exists\'',
      'spec.tolerations[2].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
  ],
  [
    'DNS',
    pod({ dnsPolicy: 'None' }),
    ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  ],
  [
    'what only a running Pod has',
    pod({
      nodeName: 'n',
      schedulingGates: [{ name: 'g' }],
      ephemeralContainers: [{ name: 'debug', image: 'x', ports: [{ containerPort: 1 }] }],
    }),
    [
      'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
      'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
    ],
  ],
]

for (const [name, object, expected] of CASES) {
  test(`validatePodCreate(): ${name}`, () => {
    assert.deepEqual(texts(validateCreate(object)), expected)
  })
}

const UPDATABLE =
  'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n'

const UPDATES: readonly (readonly [string, Pod, Pod, readonly string[]])[] = [
  ['the image', withContainer({ image: 'b:2' }), pod(), []],
  [
    'a command',
    withContainer({ command: ['x'] }),
    pod(),
    [`${UPDATABLE}+ containers[0].command: ["x"]`],
  ],
  [
    'another container',
    pod({ containers: [CONTAINER, { ...CONTAINER, name: 'b' }] }),
    pod(),
    ['spec.containers: Forbidden: pod updates may not add or remove containers'],
  ],
  ['a first deadline', pod({ activeDeadlineSeconds: 5 }), pod(), []],
  [
    'a later deadline',
    pod({ activeDeadlineSeconds: 6 }),
    pod({ activeDeadlineSeconds: 5 }),
    ['spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value'],
  ],
  [
    'no deadline any more',
    pod(),
    pod({ activeDeadlineSeconds: 5 }),
    [
      'spec.activeDeadlineSeconds: Invalid value: "null": must not update from a positive integer to nil value',
    ],
  ],
  ['a new toleration', pod({ tolerations: [{ operator: 'Exists' }] }), pod(), []],
  [
    'a toleration less',
    pod(),
    pod({ tolerations: [{ operator: 'Exists' }] }),
    [
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ],
  ],
  [
    'a new gate',
    pod({ schedulingGates: [{ name: 'a' }] }),
    pod(),
    [
      "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a'",
    ],
  ],
  [
    'the node selector of a gated Pod',
    pod({ schedulingGates: [{ name: 'a' }], nodeSelector: { a: 'b' } }),
    pod({ schedulingGates: [{ name: 'a' }] }),
    [],
  ],
  [
    'quantities written in another way',
    withContainer({ resources: { requests: { memory: '1073741824' } } }),
    withContainer({ resources: { requests: { memory: '1Gi' } } }),
    [],
  ],
]

for (const [name, object, old, expected] of UPDATES) {
  test(`validatePodUpdate(): ${name}`, () => {
    assert.deepEqual(texts(validateUpdate(object, old)), expected)
  })
}

test('validatePodStatusUpdate() keeps ended containers ended', () => {
  const status = (state: Json): Json => ({ containerStatuses: [{ name: 'app', state }] })
  const old = pod({ restartPolicy: 'Never' }, { status: status({ terminated: { exitCode: 1 } }) })
  const now = pod({ restartPolicy: 'Never' }, { status: status({ running: {} }) })
  assert.deepEqual(texts(podStrategy.status!.validateUpdate(now, old)), [
    'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
  ])
})

test('validatePodResize() lets CPU and memory change, and nothing else', () => {
  const { resize } = podStrategy.subresources!
  const with_ = (requests: Json, more: Json = {}): Pod =>
    withContainer({ resources: { requests }, ...more })
  const old = with_({ cpu: '1' })
  const prepared = resize!.prepareForUpdate(with_({ cpu: '2' }, { image: 'b' }), old, CONTEXT)
  assert.equal(prepared.spec.containers[0]!.image, 'app:1')
  assert.deepEqual(prepared.spec.containers[0]!.resources, { requests: { cpu: '2' } })
  assert.equal(prepared.metadata.generation, 1)
  assert.deepEqual(texts(resize!.validateUpdate(prepared, old)), [])
  assert.deepEqual(texts(resize!.validateUpdate(with_({ memory: '1' }), old)), [
    'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
  ])
})

test('ephemeral containers can be added, not changed', () => {
  const { ephemeralcontainers } = podStrategy.subresources!
  const debug = { name: 'debug', image: 'x' }
  const old = pod({ ephemeralContainers: [debug] })
  const more = pod({ ephemeralContainers: [debug, { ...debug, name: 'b' }] })
  assert.deepEqual(texts(ephemeralcontainers!.validateUpdate(more, old)), [])
  assert.deepEqual(texts(ephemeralcontainers!.validateUpdate(pod(), old)), [
    'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n',
  ])
})

const CONTEXT = { user: { name: 'u', groups: [] } } as never

test('a new Pod is pending, of generation 1, with its QoS class', () => {
  const made = prepareForCreate!(
    withContainer({ resources: { limits: { cpu: '1', memory: '1' } } }),
    CONTEXT,
  )
  assert.deepEqual(made.status, { phase: 'Pending', qosClass: 'Guaranteed' })
  assert.equal(made.metadata.generation, 1)
})

test('an update keeps the status and counts generations', () => {
  const old = pod({}, { metadata: { generation: 3 }, status: { phase: 'Running' } })
  const same = prepareForUpdate!(pod({}, { metadata: { generation: 9 } }), old, CONTEXT)
  assert.equal(same.metadata.generation, 3)
  assert.equal(same.status, old.status)
  const changed = prepareForUpdate!(withContainer({ image: 'b' }), old, CONTEXT)
  assert.equal(changed.metadata.generation, 4)
})

test('defaults of a Pod', () => {
  const made = pod({
    serviceAccount: 'a',
    hostNetwork: true,
    volumes: [{ name: 'v' }],
    containers: [
      {
        ...CONTAINER,
        image: 'app',
        ports: [{ containerPort: 80 }],
        resources: { limits: { cpu: '100u' } },
      },
    ],
  })
  assert.deepEqual(made.spec.volumes, [{ name: 'v', emptyDir: {} }])
  assert.equal(made.spec.serviceAccountName, 'a')
  assert.equal(made.spec.enableServiceLinks, true)
  assert.deepEqual(made.spec.securityContext, {})
  const [container] = made.spec.containers
  assert.equal(container!.imagePullPolicy, 'Always')
  assert.deepEqual(container!.ports, [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }])
  assert.deepEqual(container!.resources, { limits: { cpu: '1m' }, requests: { cpu: '1m' } })
})

test('warnings name what is hardly meant so', () => {
  const odd = withContainer({
    env: [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ],
    ports: [{ containerPort: 80 }, { containerPort: 80 }],
  })
  assert.deepEqual(podStrategy.warnings!(odd), [
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
  ])
})

test('a Pod is deleted gracefully only where something runs', () => {
  const { gracefulDeletion } = podStrategy
  const placed = pod({ nodeName: 'n' })
  assert.deepEqual(gracefulDeletion!(placed, undefined), { gracePeriodSeconds: 30 })
  assert.deepEqual(gracefulDeletion!(placed, 5), { gracePeriodSeconds: 5 })
  assert.deepEqual(gracefulDeletion!(placed, -1), { gracePeriodSeconds: 1 })
  assert.deepEqual(gracefulDeletion!(pod(), 5), { gracePeriodSeconds: 0 })
})

test('validation of Pods never throws, and defaulting twice changes nothing more', () => {
  fc.assert(
    fc.property(arbitraryObject(Pod), arbitraryObject(Pod), (a, b) => {
      const [x, y] = [applyDefaults!(a), applyDefaults!(b)]
      assert.equal(applyDefaults!(x), x)
      const prepared = prepareForCreate!(x, CONTEXT)
      podStrategy.warnings!(prepared)
      validateCreate(prepared)
      validateUpdate(prepareForUpdate!(x, y, CONTEXT), y)
      const { status, subresources } = podStrategy
      for (const each of [status!, ...Object.values(subresources!)])
        each.validateUpdate(each.prepareForUpdate(x, y, CONTEXT), y)
    }),
    { numRuns: 300 },
  )
})
