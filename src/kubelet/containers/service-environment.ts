import { hostAndPort } from '../../base/host-and-port.ts'
import type { Service } from '../../api/core/v1/service.ts'

/**
 * The variables by which a container finds the Services of its namespace and the API server, such as
 * `REDIS_SERVICE_HOST` and `REDIS_PORT`.
 * See https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
export function serviceEnvironment(
  services: readonly Service[],
  namespace: string,
  enableServiceLinks: boolean,
): ReadonlyMap<string, string> {
  const chosen = new Map<string, Service>()
  for (const service of services) {
    const { clusterIP } = service.spec
    if (clusterIP === undefined || clusterIP === '' || clusterIP === 'None') continue
    const { name } = service.metadata
    const isApi = service.metadata.namespace === 'default' && name === 'kubernetes'
    const isLinked = enableServiceLinks && service.metadata.namespace === namespace
    // One of the same name in the Pod's own namespace comes before the API server's.
    if (isLinked || (isApi && !chosen.has(name))) chosen.set(name, service)
  }
  return new Map([...chosen.values()].flatMap(variablesOf))
}

function variablesOf({ metadata, spec }: Service): (readonly [string, string])[] {
  const prefix = variableName(metadata.name)
  const ip = spec.clusterIP!
  const [first] = spec.ports ?? []
  if (!first) return []
  const variables: (readonly [string, string])[] = [
    [`${prefix}_SERVICE_HOST`, ip],
    [`${prefix}_SERVICE_PORT`, String(first.port)],
  ]
  for (const { name, port } of spec.ports ?? [])
    if (name) variables.push([`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port)])
  for (const [index, { port, protocol }] of (spec.ports ?? []).entries()) {
    const scheme = protocol.toLowerCase()
    const url = `${scheme}://${hostAndPort(ip, port)}`
    if (index === 0) variables.push([`${prefix}_PORT`, url])
    const link = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`
    variables.push([link, url], [`${link}_PROTO`, scheme], [`${link}_PORT`, String(port)])
    variables.push([`${link}_ADDR`, ip])
  }
  return variables
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_')
}
