import { isSidecar } from './pod-containers.ts'
import type { PodSpec } from './pod-spec.ts'

/** A port of the node that a Pod takes. */
export interface HostPort {
  readonly protocol: string
  /** Empty or 0.0.0.0: on all addresses. */
  readonly hostIP: string
  readonly hostPort: number
}

const ANY = '0.0.0.0'

/** The ports of the node that a Pod takes while it runs. */
export function hostPorts({
  containers,
  initContainers = [],
}: Pick<PodSpec, 'containers' | 'initContainers'>): readonly HostPort[] {
  return [...containers, ...initContainers.filter(isSidecar)].flatMap(({ ports = [] }) =>
    ports
      .filter((port) => port.hostPort)
      .map(({ protocol, hostIP = '', hostPort }) => ({
        protocol,
        hostIP: hostIP || ANY,
        hostPort: hostPort!,
      })),
  )
}

/** Whether two Pods with these ports cannot be on one node. */
export function hostPortsConflict(a: HostPort, b: HostPort): boolean {
  if (a.hostPort !== b.hostPort || a.protocol !== b.protocol) return false
  return a.hostIP === b.hostIP || a.hostIP === ANY || b.hostIP === ANY
}
