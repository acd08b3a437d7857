import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PodLike } from './check.ts'
import { type Level, violations } from './standards.ts'

interface Case {
  readonly what: string
  readonly level: Level
  /** The last minor version that allows it, and the first that does not; or the other way round. */
  readonly versions: readonly [
    allowed: number | 'latest' | undefined,
    denied: number | 'latest' | undefined,
  ]
  readonly reason: string
  readonly spec?: object
  readonly container?: object
  readonly metadata?: object
}

const careful = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
}
const securityContext = (more: object): object => ({ securityContext: { ...careful, ...more } })
const sysctl = (name: string): object => ({ securityContext: { sysctls: [{ name, value: '1' }] } })
const inUserNamespace = { hostUsers: false }

/** What changed from version to version, as upstream's checks have it. */
const CASES: readonly Case[] = [
  {
    what: 'hosts of probes',
    level: 'baseline',
    versions: [33, 34],
    reason: 'probe or lifecycle host',
    container: { livenessProbe: { tcpSocket: { host: 'h', port: 1 } } },
  },
  {
    what: 'privilege escalation',
    level: 'restricted',
    versions: [7, 8],
    reason: 'allowPrivilegeEscalation != false',
    container: securityContext({ allowPrivilegeEscalation: true }),
  },
  {
    what: 'privilege escalation on Windows',
    level: 'restricted',
    versions: [25, 24],
    reason: 'allowPrivilegeEscalation != false',
    spec: { os: { name: 'windows' } },
    container: securityContext({ allowPrivilegeEscalation: true }),
  },
  {
    what: 'capabilities that are kept',
    level: 'restricted',
    versions: [21, 22],
    reason: 'unrestricted capabilities',
    container: securityContext({ capabilities: {} }),
  },
  {
    what: 'an unmasked /proc in a user namespace',
    level: 'baseline',
    versions: [35, 34],
    reason: 'procMount',
    spec: inUserNamespace,
    container: securityContext({ procMount: 'Unmasked' }),
  },
  {
    what: 'an unmasked /proc in a user namespace',
    level: 'restricted',
    versions: [undefined, 'latest'],
    reason: 'procMount',
    spec: inUserNamespace,
    container: securityContext({ procMount: 'Unmasked' }),
  },
  {
    what: 'root in a user namespace',
    level: 'restricted',
    versions: [35, 34],
    reason: 'runAsNonRoot != true',
    spec: inUserNamespace,
    container: securityContext({ runAsNonRoot: false }),
  },
  {
    what: 'the user 0',
    level: 'restricted',
    versions: [22, 23],
    reason: 'runAsUser=0',
    container: securityContext({ runAsUser: 0 }),
  },
  {
    what: 'the user 0 in a user namespace',
    level: 'restricted',
    versions: ['latest', 34],
    reason: 'runAsUser=0',
    spec: inUserNamespace,
    container: securityContext({ runAsUser: 0 }),
  },
  {
    what: "SELinux' container_engine_t",
    level: 'baseline',
    versions: [31, 30],
    reason: 'seLinuxOptions',
    container: securityContext({ seLinuxOptions: { type: 'container_engine_t' } }),
  },
  {
    what: 'an annotation that turns seccomp off',
    level: 'baseline',
    versions: [19, 18],
    reason: 'seccompProfile',
    metadata: { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' } },
  },
  {
    what: 'no seccomp profile',
    level: 'restricted',
    versions: [18, 19],
    reason: 'seccompProfile',
    container: { securityContext: { ...careful, seccompProfile: undefined } },
  },
  {
    what: 'reserved ports',
    level: 'baseline',
    versions: [27, 26],
    reason: 'forbidden sysctls',
    spec: sysctl('net.ipv4.ip_local_reserved_ports'),
  },
  {
    what: 'TCP keep-alive',
    level: 'baseline',
    versions: [29, 28],
    reason: 'forbidden sysctls',
    spec: sysctl('net.ipv4.tcp_fin_timeout'),
  },
  {
    what: 'TCP buffers',
    level: 'baseline',
    versions: [32, 31],
    reason: 'forbidden sysctls',
    spec: sysctl('net.ipv4.tcp_wmem'),
  },
]

for (const { what, level, versions, reason, spec, container, metadata = {} } of CASES) {
  test(`${level}: ${what}: allowed by ${versions[0]}, denied by ${versions[1]}`, () => {
    const containers = [{ name: 'c', ...securityContext({}), ...container }]
    const pod = { metadata, spec: { containers, ...spec } } as unknown as PodLike
    const reasons = (version: number | 'latest'): readonly string[] => {
      const name = version === 'latest' ? 'latest' : `v1.${version}`
      return violations({ level, version: name }, pod).map((each) => each.reason)
    }
    const [allowed, denied] = versions
    if (allowed !== undefined) assert.deepEqual(reasons(allowed), [])
    if (denied !== undefined) assert.deepEqual(reasons(denied), [reason])
  })
}

test('what a check of restricted stands in for is not told twice', () => {
  const volumes = [{ name: 'v', hostPath: { path: '/' } }]
  const pod = {
    metadata: {},
    spec: { containers: [{ name: 'c', ...securityContext({}) }], volumes },
  } as unknown as PodLike
  const reasonsAt = (level: Level): readonly string[] =>
    violations({ level, version: 'latest' }, pod).map(({ reason }) => reason)
  assert.deepEqual(reasonsAt('baseline'), ['hostPath volumes'])
  assert.deepEqual(reasonsAt('restricted'), ['restricted volume types'])
})
