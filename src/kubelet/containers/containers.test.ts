import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConfigMap } from '../../api/core/v1/config-map.ts'
import type { Secret } from '../../api/core/v1/secret.ts'
import type { Service } from '../../api/core/v1/service.ts'
import { planned, type ContainerLike } from '../pod-workers/testing.ts'
import { containerConfig } from './container-config.ts'
import { parseResolvConf, podDns } from './dns-config.ts'
import { containerEnvironment, type References } from './environment.ts'
import { expand } from './expansion.ts'
import { kernelHostname, podHostname } from './hostname.ts'
import { hostsFile, nodeHostsFile } from './hosts-file.ts'
import { lastLines } from './log-tail.ts'
import { imagePullCredentials } from './pull-credentials.ts'
import { linuxResources, oomScoreAdjust, podCgroup } from './resources.ts'
import { sandboxConfig } from './sandbox-config.ts'
import { linuxSecurityContext, verifyRunAsNonRoot } from './security-context.ts'
import { serviceEnvironment } from './service-environment.ts'

const GIB = 2 ** 30

describe('expand()', () => {
  const values: Readonly<Record<string, string>> = { A: '1', B: '$(A)' }
  for (const [text, expected] of [
    ['plain', 'plain'],
    ['$(A)-$(B)', '1-$(A)'],
    ['$$(A) $$$(A)', '$(A) $1'],
    ['$(C) $A $( A', '$(C) $A $( A'],
    ['$', '$'],
  ])
    test(text, () =>
      assert.equal(
        expand(text!, (name) => values[name]),
        expected,
      ),
    )
})

describe('containerEnvironment()', () => {
  const references: References = {
    secret: async (_, name) =>
      name === 's' ? ({ data: { k: btoa('hidden') } } as unknown as Secret) : undefined,
    configMap: async (_, name) =>
      name === 'c' ? ({ data: { A: 'a', B: 'b' } } as unknown as ConfigMap) : undefined,
  }
  const services = new Map([
    ['X_HOST', '10.0.0.1'],
    ['A', 'service'],
  ])
  const files = new Map([
    ['v/app.env', "# Made at start.\nHOST=a.example\nNAME='two words'\n\nHOST=b.example\n"],
  ])
  const of = async (container: Omit<ContainerLike, 'name'>) => {
    const pod = planned([{ name: 'm', ...container }], {
      metadata: { labels: { app: 'web' } },
      spec: { nodeName: 'node' },
    })
    const context = {
      references,
      podIPs: ['10.1.0.1', 'fd00::1'],
      allocatable: { cpu: '4' },
      services,
      volumeFile: async (volume: string, path: string) => files.get(`${volume}/${path}`),
    }
    return Object.fromEntries(await containerEnvironment(pod, pod.spec.containers[0]!, context))
  }

  test('files of volumes give theirs', async () => {
    const from = (key: string, more: object = {}) => ({
      fileKeyRef: { volumeName: 'v', path: 'app.env', key, optional: false, ...more },
    })
    const { HOST, NAME, NONE } = await of({
      env: [
        { name: 'HOST', valueFrom: from('HOST') },
        { name: 'NAME', valueFrom: from('NAME') },
        { name: 'NONE', valueFrom: from('NONE', { optional: true }) },
      ],
    })
    assert.deepEqual([HOST, NAME, NONE], ['b.example', 'two words', undefined])
    await assert.rejects(of({ env: [{ name: 'X', valueFrom: from('X') }] }), {
      message: 'environment variable key "X" not found in file "app.env"',
    })
  })

  test('later ones win, and Services come last', async () => {
    assert.deepEqual(
      await of({
        envFrom: [{ configMapRef: { name: 'c' } }, { prefix: 'P_', secretRef: { name: 's' } }],
        env: [
          { name: 'B', value: '$(A)$(X_HOST)' },
          { name: 'C', value: '$(B) $(D)' },
        ],
      }),
      { A: 'a', B: 'a10.0.0.1', P_k: 'hidden', C: 'a10.0.0.1 $(D)', X_HOST: '10.0.0.1' },
    )
  })

  test('fields and resources', async () => {
    const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } })
    const resource = (text: string, divisor?: string) => ({
      valueFrom: { resourceFieldRef: { resource: text, divisor } },
    })
    const {
      X_HOST: _,
      A: __,
      ...found
    } = await of({
      resources: { limits: { memory: '64Mi' }, requests: { cpu: '250m' } },
      env: [
        { name: 'NAME', ...field('metadata.name') },
        { name: 'LABEL', ...field("metadata.labels['app']") },
        { name: 'IPS', ...field('status.podIPs') },
        { name: 'NODE', ...field('spec.nodeName') },
        { name: 'MEMORY', ...resource('limits.memory', '1Mi') },
        { name: 'CPU', ...resource('requests.cpu') },
        { name: 'MILLI', ...resource('requests.cpu', '1m') },
        { name: 'LIMIT', ...resource('limits.cpu') },
      ],
    })
    assert.deepEqual(found, {
      NAME: 'pod',
      LABEL: 'web',
      IPS: '10.1.0.1,fd00::1',
      NODE: 'node',
      MEMORY: '64',
      CPU: '1',
      MILLI: '250',
      LIMIT: '4',
    })
  })

  test("what is missing is told in upstream's words, unless optional", async () => {
    const key = (kind: string, name: string, optional = false) => ({
      env: [{ name: 'E', valueFrom: { [kind]: { name, key: 'x', optional } } }],
    })
    const message = (text: string) => ({ name: 'ContainerConfigError', message: text })
    await assert.rejects(of(key('secretKeyRef', 'no')), message('secret "no" not found'))
    await assert.rejects(of(key('configMapKeyRef', 'no')), message('configmap "no" not found'))
    await assert.rejects(
      of(key('secretKeyRef', 's')),
      message("couldn't find key x in Secret default/s"),
    )
    await assert.rejects(
      of(key('configMapKeyRef', 'c')),
      message("couldn't find key x in ConfigMap default/c"),
    )
    assert.equal((await of(key('secretKeyRef', 'no', true)))['E'], undefined)
  })
})

test('serviceEnvironment() names Services of the namespace, and the API server', () => {
  const service = (namespace: string, name: string, clusterIP: string, ports: object[]) =>
    ({ metadata: { namespace, name }, spec: { clusterIP, ports } }) as unknown as Service
  const services = [
    service('default', 'kubernetes', '10.96.0.1', [{ name: 'https', port: 443, protocol: 'TCP' }]),
    service('a', 'my-db', '10.96.0.2', [{ port: 53, protocol: 'UDP' }]),
    service('a', 'headless', 'None', [{ port: 1, protocol: 'TCP' }]),
    service('b', 'other', '10.96.0.3', [{ port: 1, protocol: 'TCP' }]),
  ]
  assert.deepEqual(Object.fromEntries(serviceEnvironment(services, 'a', true)), {
    KUBERNETES_SERVICE_HOST: '10.96.0.1',
    KUBERNETES_SERVICE_PORT: '443',
    KUBERNETES_SERVICE_PORT_HTTPS: '443',
    KUBERNETES_PORT: 'tcp://10.96.0.1:443',
    KUBERNETES_PORT_443_TCP: 'tcp://10.96.0.1:443',
    KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
    KUBERNETES_PORT_443_TCP_PORT: '443',
    KUBERNETES_PORT_443_TCP_ADDR: '10.96.0.1',
    MY_DB_SERVICE_HOST: '10.96.0.2',
    MY_DB_SERVICE_PORT: '53',
    MY_DB_PORT: 'udp://10.96.0.2:53',
    MY_DB_PORT_53_UDP: 'udp://10.96.0.2:53',
    MY_DB_PORT_53_UDP_PROTO: 'udp',
    MY_DB_PORT_53_UDP_PORT: '53',
    MY_DB_PORT_53_UDP_ADDR: '10.96.0.2',
  })
  assert.deepEqual(
    [...serviceEnvironment(services, 'a', false).keys()].every((key) => key.startsWith('KUBER')),
    true,
  )
})

describe('podDns()', () => {
  const node = parseResolvConf(
    '# mine\nsearch example.org\nnameserver 9.9.9.9\noptions ndots:2 rotate\n',
  )
  const cluster = { servers: ['10.96.0.10'], domain: 'cluster.local' }
  const of = (spec: object) =>
    podDns(planned(['m'], { spec: spec as Record<string, unknown> }), cluster, node)

  test('ClusterFirst', () => {
    assert.deepEqual(of({}), {
      servers: ['10.96.0.10'],
      searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.org'],
      options: ['ndots:5'],
    })
  })
  test('Default, and ClusterFirst on the network of the node', () => {
    assert.deepEqual(of({ dnsPolicy: 'Default' }), node)
    assert.deepEqual(of({ hostNetwork: true }), node)
    assert.deepEqual(
      of({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }).servers,
      cluster.servers,
    )
  })
  test('None, with settings of its own', () => {
    const dnsConfig = {
      nameservers: ['1.1.1.1'],
      searches: ['a.b'],
      options: [{ name: 'ndots', value: '1' }, { name: 'edns0' }],
    }
    assert.deepEqual(of({ dnsPolicy: 'None', dnsConfig }), {
      servers: ['1.1.1.1'],
      searches: ['a.b'],
      options: ['ndots:1', 'edns0'],
    })
    assert.deepEqual(of({ dnsConfig }).options, ['ndots:1', 'edns0'])
  })
})

test('podHostname() and kernelHostname()', () => {
  const of = (spec: Record<string, unknown>, name = 'pod') => {
    const pod = planned(['m'], { spec, metadata: { name } })
    const hostname = podHostname(pod, 'cluster.local')
    return [hostname.hostname, hostname.domain, kernelHostname(pod, hostname)]
  }
  assert.deepEqual(of({}), ['pod', '', 'pod'])
  assert.deepEqual(of({ hostname: 'h', subdomain: 's' }), ['h', 's.default.svc.cluster.local', 'h'])
  assert.equal(
    of({ subdomain: 's', setHostnameAsFQDN: true })[2],
    'pod.s.default.svc.cluster.local',
  )
  assert.equal(of({}, `${'a'.repeat(62)}.b`)[0], 'a'.repeat(62))
  assert.throws(() => of({ subdomain: 's'.repeat(50), setHostnameAsFQDN: true }), {
    message: /is too long \(64 characters is the max, 80 characters requested\)$/,
  })
})

test('hostsFile() and nodeHostsFile()', () => {
  const aliases = [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }]
  assert.ok(
    hostsFile(['10.0.0.1'], { hostname: 'h', domain: 's.d' }, aliases).endsWith(
      'fe00::2\tip6-allrouters\n10.0.0.1\th.s.d\th\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n',
    ),
  )
  assert.equal(
    nodeHostsFile('127.0.0.1 localhost\n'),
    '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n',
  )
})

test('linuxResources() lets containers of Burstable Pods swap by what they ask for', () => {
  const swapOf = (resources: object, swapBytes: number | undefined) => {
    const pod = planned([{ name: 'c', resources }])
    const capacity = { memoryBytes: 4 * GIB, swapBytes }
    return linuxResources(pod, pod.spec.containers[0]!, capacity).unified?.['memory.swap.max']
  }
  const asks = { requests: { memory: '1Gi' } }
  assert.equal(swapOf(asks, 2 * GIB), String(GIB / 2))
  assert.equal(swapOf(asks, 0), '0')
  assert.equal(swapOf(asks, undefined), undefined)
  assert.equal(swapOf({ ...asks, limits: { memory: '1Gi' } }, GIB), '0')
  assert.equal(swapOf({}, GIB), '0')
})

test('linuxResources(), oomScoreAdjust() and podCgroup() follow the QoS class', () => {
  const of = (resources: object, spec: Record<string, unknown> = {}) => {
    const pod = planned([{ name: 'm', resources }], { spec })
    return {
      ...linuxResources(pod, pod.spec.containers[0]!, {
        memoryBytes: 4 * GIB,
        swapBytes: undefined,
      }),
      cgroup: podCgroup('/k', pod),
    }
  }
  assert.deepEqual(
    of({ limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } }),
    {
      cpuShares: 512,
      cpuPeriod: 100_000,
      cpuQuota: 50_000,
      memoryLimitInBytes: GIB,
      memorySwapLimitInBytes: GIB,
      oomScoreAdj: -997,
      cgroup: '/k/poduid',
    },
  )
  assert.deepEqual(
    of({ limits: { 'hugepages-2Mi': '4Mi', 'hugepages-1Gi': '1Gi', memory: '1Mi' } })
      .hugepageLimits,
    [
      { pageSize: '2MB', limit: 4 * 2 ** 20 },
      { pageSize: '1GB', limit: GIB },
    ],
  )
  assert.equal(of({ requests: { memory: '1Gi' } }).oomScoreAdj, 750)
  assert.equal(of({ requests: { memory: '1Gi' } }).cgroup, '/k/burstable/poduid')
  assert.equal(of({}).oomScoreAdj, 1000)
  assert.equal(of({}).cpuShares, 2)
  assert.equal(of({}).cgroup, '/k/besteffort/poduid')
  assert.equal(of({ limits: { cpu: '1m' }, requests: { cpu: '1m' } }).cpuQuota, 1000)
  assert.equal(of({}, { priority: 2_000_001_000 }).oomScoreAdj, -997)
  const pod = planned([{ name: 'm', resources: { requests: { memory: '4Gi' } } }])
  assert.equal(oomScoreAdjust(pod, pod.spec.containers[0]!, 4 * GIB), 3)
})

test('linuxSecurityContext(): the container overrides its Pod', () => {
  const pod = planned(
    [
      {
        name: 'm',
        securityContext: {
          runAsUser: 2,
          capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
          seccompProfile: { type: 'Localhost', localhostProfile: 'p.json' },
          allowPrivilegeEscalation: false,
        },
      },
      { name: 'p', securityContext: { privileged: true } },
    ],
    {
      spec: {
        shareProcessNamespace: true,
        securityContext: {
          runAsUser: 1,
          runAsGroup: 3,
          fsGroup: 4,
          supplementalGroups: [5],
          seccompProfile: { type: 'RuntimeDefault' },
        },
      },
    },
  )
  const [m, p] = pod.spec.containers.map((each) =>
    linuxSecurityContext(pod, each, { seccompDir: '/seccomp' }),
  )
  assert.equal(m!.runAsUser, 2)
  assert.equal(m!.runAsGroup, 3)
  assert.deepEqual(m!.supplementalGroups, [4, 5])
  assert.equal(m!.noNewPrivs, true)
  assert.deepEqual(m!.seccomp, { profileType: 'Localhost', localhostRef: '/seccomp/p.json' })
  assert.deepEqual(m!.capabilities, { addCapabilities: ['NET_ADMIN'], dropCapabilities: ['ALL'] })
  assert.deepEqual(m!.namespaceOptions, { network: 'POD', ipc: 'POD', pid: 'POD' })
  assert.ok(m!.maskedPaths!.includes('/proc/kcore'))
  assert.equal(p!.runAsUser, 1)
  assert.deepEqual(p!.seccomp, { profileType: 'Unconfined' })
  assert.deepEqual(p!.maskedPaths, [])
})

test('verifyRunAsNonRoot()', () => {
  const verify = (securityContext: object, image: { uid?: number; username: string }) => () => {
    const pod = planned([{ name: 'm', securityContext }])
    verifyRunAsNonRoot(pod, pod.spec.containers[0]!, image)
  }
  const where = '(pod: "pod_default(uid)", container: m)'
  verify({}, { uid: 0, username: '' })()
  verify({ runAsNonRoot: true, runAsUser: 1 }, { uid: 0, username: '' })()
  verify({ runAsNonRoot: true }, { uid: 7, username: '' })()
  assert.throws(verify({ runAsNonRoot: true, runAsUser: 0 }, { username: '' }), {
    message: `container's runAsUser breaks non-root policy ${where}`,
  })
  assert.throws(verify({ runAsNonRoot: true }, { uid: 0, username: '' }), {
    message: `container has runAsNonRoot and image will run as root ${where}`,
  })
  assert.throws(verify({ runAsNonRoot: true }, { username: 'www' }), {
    message: `container has runAsNonRoot and image has non-numeric user (www), cannot verify user is non-root ${where}`,
  })
})

test('containerConfig() expands commands, and tells whose the container is', () => {
  const pod = planned([{ name: 'm', command: ['echo', '$(A)'], args: ['$$(A)'] }])
  const config = containerConfig(pod, pod.spec.containers[0]!, {
    attempt: 2,
    imageRef: 'sha256:1',
    environment: new Map([['A', '1']]),
    mounts: [],
    devices: [],
    memory: { memoryBytes: GIB, swapBytes: undefined },
    seccompDir: '',
  })
  assert.deepEqual(config.command, ['echo', '1'])
  assert.deepEqual(config.args, ['$(A)'])
  assert.equal(config.logPath, 'm/2.log')
  assert.deepEqual(config.metadata, { name: 'm', attempt: 2 })
  assert.equal(config.labels?.['io.kubernetes.container.name'], 'm')
  assert.equal(config.annotations?.['io.kubernetes.container.restartCount'], '2')
})

test('sandboxConfig() passes on host ports, sysctls and labels', () => {
  const ports = [
    { containerPort: 80, hostPort: 8080, protocol: 'TCP' },
    { containerPort: 81, protocol: 'UDP' },
  ]
  const pod = planned([{ name: 'm', ports }], {
    metadata: { labels: { app: 'web' } },
    spec: { securityContext: { sysctls: [{ name: 'net/core/somaxconn', value: '9' }] } },
  })
  const config = sandboxConfig(pod, 1, {
    clusterDns: { servers: [], domain: 'cluster.local' },
    nodeDns: { servers: [], searches: [], options: [] },
    cgroupRoot: '/k',
    logDirectory: '/logs',
  })
  assert.deepEqual(config.portMappings, [
    { protocol: 'TCP', containerPort: 80, hostPort: 8080, hostIp: '' },
  ])
  assert.deepEqual(config.linux?.sysctls, { 'net.core.somaxconn': '9' })
  assert.equal(config.labels?.['app'], 'web')
  assert.equal(config.hostname, 'pod')
  assert.deepEqual(config.metadata, { name: 'pod', namespace: 'default', uid: 'uid', attempt: 1 })
})

test('imagePullCredentials() finds those of the registry', async () => {
  const auth = { username: 'u', password: 'p' }
  const config = {
    auths: { 'https://index.docker.io/v1/': auth, '*.example.org/team': { auth: btoa('a:b:c') } },
  }
  const secret = {
    metadata: { namespace: 'default', name: 's', uid: '1' },
    data: { '.dockerconfigjson': btoa(JSON.stringify(config)) },
  } as unknown as Secret
  const references: References = { secret: async () => secret, configMap: async () => undefined }
  const pod = planned(['m'], { spec: { imagePullSecrets: [{ name: 's' }] } })
  const of = async (image: string) =>
    (await imagePullCredentials(pod, image, references, () => 'hash')).map(({ auth, secret }) => {
      assert.deepEqual(secret, { namespace: 'default', name: 's', uid: '1', hash: 'hash' })
      return auth
    })
  assert.deepEqual(await of('nginx:1'), [auth])
  assert.deepEqual(await of('r.example.org/team/app:1'), [{ username: 'a', password: 'b:c' }])
  assert.deepEqual(await of('r.example.org/other/app:1'), [])
})

test('imagePullCredentials() has the most specific first, whichever Secret they are of', async () => {
  const secretOf = (name: string, auths: object) =>
    ({
      metadata: { namespace: 'default', name, uid: name },
      data: { '.dockerconfigjson': btoa(JSON.stringify({ auths })) },
    }) as unknown as Secret
  const login = (username: string) => ({ username, password: 'p' })
  const secrets = [
    secretOf('wide', { 'index.docker.io': login('hub'), 'r.example.org': login('host') }),
    secretOf('narrow', { 'docker.io': login('docker'), 'r.example.org/team': login('team') }),
  ]
  const references: References = {
    secret: async (_, wanted) => secrets.find(({ metadata }) => metadata.name === wanted),
    configMap: async () => undefined,
  }
  const names = secrets.map(({ metadata: { name } }) => ({ name }))
  const pod = planned(['m'], { spec: { imagePullSecrets: names } })
  const of = async (image: string) =>
    (await imagePullCredentials(pod, image, references, () => '')).map(
      ({ auth, secret }) => `${auth.username} of ${secret?.name}`,
    )
  assert.deepEqual(await of('r.example.org/team/app'), ['team of narrow', 'host of wide'])
  assert.deepEqual(await of('nginx'), ['docker of narrow'])
})

test('lastLines() gives the text of a log', () => {
  const log = 't stdout F one\nt stderr P tw\nt stderr F o\nt stdout F three four\n'
  assert.equal(lastLines(log, 80, 2048), 'one\ntwo\nthree four\n')
  assert.equal(lastLines(log, 1, 2048), 'three four\n')
  assert.equal(lastLines(log, 80, 5), 'four\n')
})
