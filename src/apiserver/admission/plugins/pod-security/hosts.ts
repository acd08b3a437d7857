import type { AnyContainer } from '../../../../api/core/v1/pod-containers.ts'

interface Action {
  readonly httpGet?: { readonly host?: string }
  readonly tcpSocket?: { readonly host?: string }
}

interface Probed {
  readonly livenessProbe?: Action
  readonly readinessProbe?: Action
  readonly startupProbe?: Action
  readonly lifecycle?: { readonly postStart?: Action; readonly preStop?: Action }
}

/** Where the kubelet would connect to for probes and hooks, other than the Pod itself. */
export function hostsOf(container: AnyContainer): readonly string[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container as Probed
  const actions = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ]
  const hosts = actions.flatMap((action) => [action?.httpGet?.host, action?.tcpSocket?.host])
  return hosts.filter((host) => host !== undefined && host !== '') as readonly string[]
}
