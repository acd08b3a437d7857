import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PodLike } from './check.ts'
import { formatViolations, violations, type Level } from './standards.ts'

function problems(
  level: Level,
  spec: object,
  container: object = {},
  metadata: object = {},
): string {
  const pod = { metadata, spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec } }
  return formatViolations(violations({ level, version: 'latest' }, pod as unknown as PodLike))
}

const inContainer = (securityContext: object): object => ({ securityContext })

const baseline: readonly (readonly [object, object, string])[] = [
  [{}, {}, ''],
  [{ hostNetwork: true, hostPID: true }, {}, 'host namespaces (hostNetwork=true, hostPID=true)'],
  [{ volumes: [{ name: 'v', hostPath: { path: '/' } }] }, {}, 'hostPath volumes (volume "v")'],
  [
    {},
    { ports: [{ containerPort: 1, hostPort: 80 }] },
    'hostPort (container "c" uses hostPort 80)',
  ],
  [
    {},
    { livenessProbe: { httpGet: { host: '1.2.3.4', port: 1 } } },
    'probe or lifecycle host (container "c" uses probe or lifecycle host "1.2.3.4")',
  ],
  [
    {},
    inContainer({ privileged: true }),
    'privileged (container "c" must not set securityContext.privileged=true)',
  ],
  [
    {},
    inContainer({ capabilities: { add: ['NET_ADMIN', 'CHOWN', 'BPF'] } }),
    'non-default capabilities (container "c" must not include "BPF", "NET_ADMIN" in securityContext.capabilities.add)',
  ],
  [
    {},
    inContainer({ procMount: 'Unmasked' }),
    'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
  ],
  [
    { securityContext: { seLinuxOptions: { type: 'foo' } } },
    inContainer({ seLinuxOptions: { user: 'u', role: 'r' } }),
    'seLinuxOptions (pod and container "c" set forbidden securityContext.seLinuxOptions: type "foo"; user may not be set; role may not be set)',
  ],
  [
    { securityContext: { seccompProfile: { type: 'Unconfined' } } },
    {},
    'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    {
      securityContext: {
        sysctls: [
          { name: 'kernel.msgmax', value: '1' },
          { name: 'net.ipv4.tcp_rmem', value: '1' },
        ],
      },
    },
    {},
    'forbidden sysctls (kernel.msgmax)',
  ],
  [
    { securityContext: { windowsOptions: { hostProcess: true } } },
    {},
    'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
  ],
  [
    {},
    inContainer({ appArmorProfile: { type: 'Unconfined' } }),
    'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")',
  ],
]

for (const [spec, container, expected] of baseline) {
  test(`baseline: ${expected || 'an ordinary Pod'}`, () => {
    assert.equal(problems('baseline', spec, container), expected)
    assert.equal(problems('privileged', spec, container), '')
    if (expected !== '') assert.notEqual(problems('restricted', spec, container), '')
  })
}

/** For each control of `baseline`, what it lets pass. */
const allowed: readonly (readonly [
  control: string,
  spec: object,
  container: object,
  metadata?: object,
])[] = [
  ['AppArmor', { securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }, {}],
  ['AppArmor', {}, inContainer({ appArmorProfile: { type: 'Localhost', localhostProfile: 'p' } })],
  [
    'AppArmor',
    {},
    {},
    { annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'localhost/p' } },
  ],
  ['capabilities', {}, inContainer({ capabilities: { add: ['CHOWN', 'KILL', 'SYS_CHROOT'] } })],
  ['host namespaces', { hostNetwork: false, hostPID: false, hostIPC: false }, {}],
  [
    'hostPath',
    {
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'n', nfs: {} },
      ],
    },
    {},
  ],
  ['host ports', {}, { ports: [{ containerPort: 80 }, { containerPort: 81, hostPort: 0 }] }],
  [
    'hosts of probes',
    {},
    { livenessProbe: { httpGet: { port: 1 }, tcpSocket: { host: '', port: 1 } } },
  ],
  ['privileged', {}, inContainer({ privileged: false })],
  ['/proc', {}, inContainer({ procMount: 'Default' })],
  ['SELinux', { securityContext: { seLinuxOptions: { type: 'container_t', level: 's0' } } }, {}],
  ['SELinux', {}, inContainer({ seLinuxOptions: { type: 'container_engine_t' } })],
  ['seccomp', { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }, {}],
  ['seccomp', {}, inContainer({ seccompProfile: { type: 'Localhost', localhostProfile: 'p' } })],
  [
    'sysctls',
    { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] } },
    {},
  ],
  ['Windows', { securityContext: { windowsOptions: { hostProcess: false } } }, {}],
]

for (const [control, spec, container, metadata] of allowed) {
  test(`baseline lets pass, of ${control}: ${JSON.stringify({ ...spec, ...container, ...metadata })}`, () => {
    assert.equal(problems('baseline', spec, container, metadata), '')
  })
}

test('containers of each kind are looked at', () => {
  const bad = { name: 'x', image: 'i', securityContext: { privileged: true } }
  const expected = 'privileged (container "x" must not set securityContext.privileged=true)'
  for (const kind of ['initContainers', 'ephemeralContainers'])
    assert.equal(problems('baseline', { [kind]: [bad] }), expected)
})

const good = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
}

const restricted: readonly (readonly [string, object, object, string])[] = [
  ['a careful Pod', {}, good, ''],
  [
    'an ordinary Pod',
    {},
    {},
    'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  ],
  [
    'capabilities',
    {},
    { ...good, capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE'] } },
    'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)',
  ],
  [
    'volumes',
    {
      volumes: [
        { name: 'a', nfs: { server: 's', path: '/' } },
        { name: 'b', emptyDir: {} },
      ],
    },
    good,
    'restricted volume types (volume "a" uses restricted volume type "nfs")',
  ],
  [
    'a port below 1024',
    {},
    { ...good, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
    '',
  ],
  [
    'volumes of all core kinds',
    {
      volumes: [
        { name: 'a', configMap: {} },
        { name: 'b', secret: {} },
        { name: 'c', projected: {} },
        { name: 'd', downwardAPI: {} },
        { name: 'e', persistentVolumeClaim: {} },
        { name: 'f', csi: {} },
        { name: 'g', ephemeral: {} },
        { name: 'h' },
      ],
    },
    good,
    '',
  ],
  [
    'what the Pod sets for its containers',
    { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Localhost' } } },
    { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    '',
  ],
  [
    'a Pod that may be root, though its containers are not',
    { securityContext: { runAsNonRoot: false } },
    good,
    'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)',
  ],
  [
    'privilege escalation',
    {},
    { ...good, allowPrivilegeEscalation: true },
    'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
  ],
  [
    'no system calls filtered',
    {},
    { ...good, seccompProfile: { type: 'Unconfined' } },
    'seccompProfile (container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  ['root', {}, { ...good, runAsUser: 0 }, 'runAsUser=0 (container "c" must not set runAsUser=0)'],
  [
    'perhaps root',
    { securityContext: { runAsNonRoot: true } },
    { ...good, runAsNonRoot: false },
    'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)',
  ],
]

for (const [what, spec, securityContext, expected] of restricted) {
  test(`restricted: ${what}`, () => {
    assert.equal(problems('restricted', spec, { securityContext }), expected)
  })
}

test('restricted: Windows knows neither capabilities nor seccomp', () => {
  const spec = { os: { name: 'windows' } }
  assert.equal(problems('restricted', spec, inContainer({ runAsNonRoot: true })), '')
})
