import { containersOf } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { PortMapping } from '../cri/sandbox-messages.ts'
import type { Input, PodSandboxConfig } from '../cri/types.ts'
import { sandboxLabels } from '../runtime/labels.ts'
import { podDns, type ClusterDns, type ResolvConf } from './dns-config.ts'
import { dottedSysctl } from '../pod-workers/sysctls.ts'
import { kernelHostname, podHostname } from './hostname.ts'
import { podCgroup } from './resources.ts'
import { sandboxSecurityContext } from './security-context.ts'

export interface SandboxContext {
  readonly clusterDns: ClusterDns
  readonly nodeDns: ResolvConf
  readonly cgroupRoot: string
  readonly logDirectory: string
}

/** What the runtime is told of a Pod. Throws a `ContainerConfigError` where it cannot be. */
export function sandboxConfig(
  pod: Pod,
  attempt: number,
  context: SandboxContext,
): Input<PodSandboxConfig> {
  const { metadata, spec } = pod
  const { clusterDns, logDirectory } = context
  const { name, namespace, uid } = metadata
  const hostname = spec.hostNetwork ? '' : kernelHostname(pod, podHostname(pod, clusterDns.domain))
  return {
    metadata: { name, namespace: namespace, uid: uid, attempt },
    hostname,
    logDirectory,
    dnsConfig: podDns(pod, clusterDns, context.nodeDns),
    portMappings: portMappings(pod),
    labels: sandboxLabels(pod),
    annotations: metadata.annotations ?? {},
    linux: {
      cgroupParent: podCgroup(context.cgroupRoot, pod),
      securityContext: sandboxSecurityContext(pod),
      sysctls: Object.fromEntries(
        (spec.securityContext.sysctls ?? []).map(({ name, value }) => [dottedSysctl(name), value]),
      ),
    },
  }
}

function portMappings({ spec }: Pod): Input<PortMapping>[] {
  if (spec.hostNetwork) return []
  const ports = containersOf(spec).flatMap(([{ ports }]) => ports ?? [])
  return ports
    .filter(({ hostPort }) => hostPort)
    .map(({ protocol, containerPort, hostPort, hostIP }) => ({
      protocol: protocol,
      containerPort,
      hostPort: hostPort!,
      hostIp: hostIP ?? '',
    }))
}
