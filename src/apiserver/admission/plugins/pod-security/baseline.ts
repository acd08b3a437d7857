import {
  allContainers,
  type Check,
  type CheckForm,
  containerNames,
  plural,
  type PodLike,
  quoted,
  setters,
  unlessUserNamespace,
  type VersionedCheck,
} from './check.ts'
import { hostsOf } from './hosts.ts'

const DEFAULT_CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]

/** By the minor version that found them safe. */
const SAFE_SYSCTLS: ReadonlyMap<number, readonly string[]> = new Map([
  [
    0,
    [
      'kernel.shm_rmid_forced',
      'net.ipv4.ip_local_port_range',
      'net.ipv4.tcp_syncookies',
      'net.ipv4.ping_group_range',
      'net.ipv4.ip_unprivileged_port_start',
    ],
  ],
  [27, ['net.ipv4.ip_local_reserved_ports']],
  [
    29,
    [
      'net.ipv4.tcp_keepalive_time',
      'net.ipv4.tcp_fin_timeout',
      'net.ipv4.tcp_keepalive_intvl',
      'net.ipv4.tcp_keepalive_probes',
    ],
  ],
  [32, ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']],
])

const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t']
const SELINUX_TYPES_1_31 = [...SELINUX_TYPES, 'container_engine_t']
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/'

const appArmorProfile: Check = (pod) => {
  const isUnconfined = (of: { appArmorProfile?: { type: string } } | undefined): boolean =>
    of?.appArmorProfile?.type === 'Unconfined'
  const containers = allContainers(pod).filter((each) => isUnconfined(each.securityContext))
  const who = setters(isUnconfined(pod.spec.securityContext), containers)
  const annotations = Object.entries(pod.metadata?.annotations ?? {}).filter(
    ([key, value]) => key.startsWith(APPARMOR_ANNOTATION) && !isKnownProfile(value),
  )
  const details = [
    ...(who === '' ? [] : [`${who} must not set AppArmor profile type to "Unconfined"`]),
    ...annotations
      .map(([key, value]) => `${JSON.stringify(key)}=${JSON.stringify(value)}`)
      .toSorted(),
  ]
  if (details.length === 0) return undefined
  const reason = plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', details.length)
  return { reason, detail: details.join(', ') }
}

function isKnownProfile(value: string): boolean {
  return value === '' || value === 'runtime/default' || value.startsWith('localhost/')
}

const capabilities: Check = (pod) => {
  const bad = allContainers(pod).map((container) => ({
    container,
    added: (container.securityContext?.capabilities?.add ?? []).filter(
      (each) => !DEFAULT_CAPABILITIES.includes(each),
    ),
  }))
  const containers = bad.filter(({ added }) => added.length > 0)
  if (containers.length === 0) return undefined
  const names = [...new Set(containers.flatMap(({ added }) => added))].toSorted()
  const who = containerNames(containers.map(({ container }) => container))
  const detail = `${who} must not include ${quoted(names)} in securityContext.capabilities.add`
  return { reason: 'non-default capabilities', detail }
}

const hostNamespaces: Check = ({ spec }) => {
  const set = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field])
  if (set.length === 0) return undefined
  return { reason: 'host namespaces', detail: set.map((field) => `${field}=true`).join(', ') }
}

const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name)
  if (names.length === 0) return undefined
  const detail = `${plural('volume', 'volumes', names.length)} ${quoted(names)}`
  return { reason: 'hostPath volumes', detail }
}

const hostPorts: Check = (pod) => {
  const ports = new Set<number>()
  const containers = allContainers(pod).filter((container) => {
    const own = (container.ports ?? []).flatMap(({ hostPort }) => (hostPort ? [hostPort] : []))
    for (const port of own) ports.add(port)
    return own.length > 0
  })
  if (containers.length === 0) return undefined
  const what = plural('hostPort', 'hostPorts', ports.size)
  const uses = plural('uses', 'use', containers.length)
  const numbers = [...ports].map(String).toSorted().join(', ')
  return {
    reason: 'hostPort',
    detail: `${containerNames(containers)} ${uses} ${what} ${numbers}`,
  }
}

const hostProbes: Check = (pod) => {
  const found = allContainers(pod).map((container) => ({ container, hosts: hostsOf(container) }))
  const bad = found.filter(({ hosts }) => hosts.length > 0)
  if (bad.length === 0) return undefined
  const hosts = [...new Set(bad.flatMap((each) => each.hosts))].toSorted()
  const reason = 'probe or lifecycle host'
  const what = plural(reason, 'probe or lifecycle hosts', hosts.length)
  const byName = bad
    .map(({ container }) => container)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const who = containerNames(byName)
  return {
    reason,
    detail: `${who} ${plural('uses', 'use', bad.length)} ${what} ${quoted(hosts)}`,
  }
}

const privileged: Check = (pod) => {
  const bad = allContainers(pod).filter(({ securityContext }) => securityContext?.privileged)
  if (bad.length === 0) return undefined
  const detail = `${containerNames(bad)} must not set securityContext.privileged=true`
  return { reason: 'privileged', detail }
}

export const procMount: Check = (pod) => {
  const mountOf = ({ securityContext }: ReturnType<typeof allContainers>[number]): string =>
    securityContext?.procMount ?? 'Default'
  const bad = allContainers(pod).filter((each) => mountOf(each) !== 'Default')
  if (bad.length === 0) return undefined
  const values = [...new Set(bad.map(mountOf))].toSorted()
  const detail = `${containerNames(bad)} must not set securityContext.procMount to ${quoted(values)}`
  return { reason: 'procMount', detail }
}

const seLinuxOptions =
  (known: readonly string[]): Check =>
  (pod) => {
    const types = new Set<string>()
    const rest = new Set<string>()
    const isBad = (
      of: { seLinuxOptions?: { type?: string; user?: string; role?: string } } | undefined,
    ) => {
      const { type = '', user = '', role = '' } = of?.seLinuxOptions ?? {}
      if (!known.includes(type)) types.add(type)
      if (user !== '') rest.add('user may not be set')
      if (role !== '') rest.add('role may not be set')
      return !known.includes(type) || user !== '' || role !== ''
    }
    const podIsBad = isBad(pod.spec.securityContext)
    const who = setters(
      podIsBad,
      allContainers(pod).filter((each) => isBad(each.securityContext)),
    )
    if (who === '') return undefined
    const data = [
      ...(types.size > 0
        ? [`${plural('type', 'types', types.size)} ${quoted([...types].toSorted())}`]
        : []),
      ...['user may not be set', 'role may not be set'].filter((each) => rest.has(each)),
    ]
    const detail = `${who} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`
    return { reason: 'seLinuxOptions', detail }
  }

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod'
export const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/'

/** From when profiles were given by annotations. */
const seccompAnnotations: Check = (pod) => {
  const annotations = pod.metadata?.annotations ?? {}
  const keys = [SECCOMP_POD, ...allContainers(pod).map(({ name }) => SECCOMP_CONTAINER + name)]
  const bad = keys.filter((key) => {
    const value = annotations[key]
    return value !== undefined && !/^(?:runtime\/default$|docker\/default$|localhost\/)/.test(value)
  })
  if (bad.length === 0) return undefined
  const texts = [...new Set(bad)].map((key) => `${key}=${JSON.stringify(annotations[key])}`)
  const what = plural('annotation', 'annotations', texts.length)
  return { reason: 'seccompProfile', detail: `forbidden ${what} ${texts.toSorted().join(', ')}` }
}

const seccompProfile: Check = (pod) => {
  const who = unconfinedSeccomp(pod)
  if (who === '') return undefined
  const detail = `${who} must not set securityContext.seccompProfile.type to "Unconfined"`
  return { reason: 'seccompProfile', detail }
}

/** Who turns the filter of system calls off. */
export function unconfinedSeccomp(pod: PodLike): string {
  const isUnconfined = (of: { seccompProfile?: { type: string } } | undefined): boolean =>
    of?.seccompProfile?.type === 'Unconfined'
  const containers = allContainers(pod).filter((each) => isUnconfined(each.securityContext))
  return setters(isUnconfined(pod.spec.securityContext), containers)
}

const sysctls =
  (safe: readonly string[]): Check =>
  ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name)
    const bad = names.filter((name) => !safe.includes(name))
    if (bad.length === 0) return undefined
    return { reason: 'forbidden sysctls', detail: bad.join(', ') }
  }

const windowsHostProcess: Check = (pod) => {
  const isHost = (of: { windowsOptions?: { hostProcess?: boolean } } | undefined): boolean =>
    of?.windowsOptions?.hostProcess === true
  const containers = allContainers(pod).filter((each) => isHost(each.securityContext))
  const who = setters(isHost(pod.spec.securityContext), containers)
  if (who === '') return undefined
  const detail = `${who} must not set securityContext.windowsOptions.hostProcess=true`
  return { reason: 'hostProcess', detail }
}

const sysctlForms = [...SAFE_SYSCTLS.keys()].map((since): CheckForm => {
  const known = [...SAFE_SYSCTLS].filter(([minor]) => minor <= since)
  return { since, check: sysctls(known.flatMap(([, names]) => names)) }
})

/** The checks of the standard `baseline`, in the order of their names, in which upstream reports them. */
export const BASELINE_CHECKS: readonly VersionedCheck[] = [
  always('appArmorProfile', appArmorProfile),
  always('capabilities_baseline', capabilities),
  always('hostNamespaces', hostNamespaces),
  always('hostPathVolumes', hostPathVolumes),
  always('hostPorts', hostPorts),
  { id: 'hostProbesAndHostLifecycle', forms: [{ since: 34, check: hostProbes }] },
  always('privileged', privileged),
  {
    id: 'procMount',
    forms: [
      { since: 0, check: procMount },
      { since: 35, check: unlessUserNamespace(procMount) },
    ],
  },
  {
    id: 'seLinuxOptions',
    forms: [
      { since: 0, check: seLinuxOptions(SELINUX_TYPES) },
      { since: 31, check: seLinuxOptions(SELINUX_TYPES_1_31) },
    ],
  },
  {
    id: 'seccompProfile_baseline',
    forms: [
      { since: 0, check: seccompAnnotations },
      { since: 19, check: seccompProfile },
    ],
  },
  { id: 'sysctls', forms: sysctlForms },
  always('windowsHostProcess', windowsHostProcess),
]

function always(id: string, check: Check): VersionedCheck {
  return { id, forms: [{ since: 0, check }] }
}
