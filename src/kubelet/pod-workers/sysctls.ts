import type { Pod } from '../../api/core/v1/pod.ts'
import type { Waiting } from './plan-types.ts'

/** Those that change nothing for other Pods (pkg/kubelet/sysctl/safe_sysctls.go); all kernels that run this know them. */
const SAFE: readonly string[] = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]

/** What each namespace of the kernel has of its own. */
const NAMESPACES = {
  ipc: /^(kernel\.sem$|kernel\.shm|kernel\.msg|fs\.mqueue\.)/,
  net: /^net\./,
} as const

/**
 * Why the node does not take a Pod that asks for sysctls: those that are safe are allowed, and others by the
 * configuration's `allowedUnsafeSysctls`, names or beginnings with a `*`.
 * See https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/
 */
export function sysctlRefusal({ spec }: Pod, allowed: readonly string[] = []): Waiting | undefined {
  for (const { name } of spec.securityContext.sysctls ?? []) {
    const problem = sysctlProblem(dottedSysctl(name), spec, [...SAFE, ...allowed])
    if (problem === undefined) continue
    const message = `Pod was rejected: forbidden sysctl: ${JSON.stringify(dottedSysctl(name))} ${problem}`
    return { reason: 'SysctlForbidden', message }
  }
  return undefined
}

function sysctlProblem(
  name: string,
  { hostIPC = false, hostNetwork = false }: Pod['spec'],
  allowed: readonly string[],
): string | undefined {
  const isAllowed = allowed.some((each) => {
    const pattern = dottedSysctl(each)
    return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
  })
  if (!isAllowed) return 'not allowlisted'
  const namespace = namespaceOf(name)
  const isHosts = { ipc: hostIPC, net: hostNetwork }
  return namespace && isHosts[namespace] ? `not allowed with host ${namespace} enabled` : undefined
}

/** Why others than the safe sysctls cannot be allowed by this name or pattern. */
export function unsafeSysctlProblem(pattern: string): string | undefined {
  const name = dottedSysctl(pattern)
  if (namespaceOf(name.replace(/\*$/, ''))) return undefined
  return `the sysctl${name.endsWith('*') ? 's' : ''} ${JSON.stringify(name)} are not known to be namespaced`
}

function namespaceOf(name: string): keyof typeof NAMESPACES | undefined {
  return (['ipc', 'net'] as const).find((each) => NAMESPACES[each].test(name))
}

/** A name as the kernel's tools have it: one whose first separator is a slash has dots for slashes, and the reverse. */
export function dottedSysctl(name: string): string {
  if (/[./]/.exec(name)?.[0] !== '/') return name
  return name.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'))
}
