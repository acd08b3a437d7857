import type { APIService } from '../../api/apiregistration/v1/api-service.ts'
import type { Service } from '../../api/core/v1/service.ts'
import type { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import type { Finding } from './conditions.ts'

/**
 * Whether the Service of an APIService leads to anything; undefined where it does, and the server behind it can be
 * asked (kube-aggregator's remote_available_controller.go).
 */
export function checkService(
  { spec }: APIService,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
): Finding | undefined {
  const { namespace = '', name = '', port = 443 } = spec.service ?? {}
  const what = `service/${name} in ${JSON.stringify(namespace)}`
  if (!service) return missing('ServiceNotFound', `${what} is not present`)
  if (service.spec.type !== 'ClusterIP') return undefined
  const found = service.spec.ports?.find((each) => each.port === port)
  if (!found) return missing('ServicePortError', `${what} is not listening on port ${port}`)
  if (slices.length === 0) {
    return missing('EndpointsNotFound', `cannot find endpointslices for ${what}`)
  }
  const portName = found.name ?? ''
  if (slices.some((slice) => hasEndpoint(slice, portName))) return undefined
  return missing(
    'MissingEndpoints',
    `endpointslices for ${what} have no addresses with port name ${JSON.stringify(portName)}`,
  )
}

function hasEndpoint({ endpoints, ports }: EndpointSlice, portName: string): boolean {
  const isReady = endpoints.some(({ conditions }) => conditions?.ready !== false)
  return isReady && ports.some(({ name, port }) => name === portName && port !== undefined)
}

function missing(reason: string, message: string): Finding {
  return { status: 'False', reason, message }
}

export const PASSED: Finding = { status: 'True', reason: 'Passed', message: 'all checks passed' }

export function failedDiscovery(message: string): Finding {
  return missing('FailedDiscoveryCheck', message)
}
